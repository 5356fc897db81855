namespace LoraUnlearn.Cli.Work;

/// <summary>A program that loads adapters, and what it takes without being told more.</summary>
/// <param name="Name">As <c>--for</c> names it.</param>
/// <param name="IsGguf">Whether it reads GGUF; PEFT's folder otherwise.</param>
/// <param name="LargestRank">The largest rank that it takes; null for any.</param>
/// <param name="HasPatterns">Whether modules may have ranks and α of their own.</param>
/// <param name="Loading">How to load the result: "{0}" is the folder or file, "{1}" the base.</param>
internal sealed record ExportTarget(string Name, bool IsGguf, int? LargestRank, bool HasPatterns, string Loading)
{
    private static readonly ExportTarget Gguf = new("gguf", true, null, true, "llama-cli --model BASE.gguf --lora {0}");

    /// <summary>Every program, the first of them where none is named.</summary>
    public static IReadOnlyList<ExportTarget> All { get; } =
    [
        new("peft", false, null, true, "PeftModel.from_pretrained(base, \"{0}\")"),
        new("vllm", false, 16, false, "vllm serve {1} --enable-lora --lora-modules forgotten={0}"), // LoRAConfig.max_lora_rank
        new("ollama", true, null, true, "ollama create forgotten -f {0}/Modelfile"),
        new("llama.cpp", true, null, true, "llama-cli --model BASE.gguf --lora {0}"),
    ];

    /// <summary>The target that <c>--for</c> and <c>--format</c> name together.</summary>
    /// <exception cref="InputException">They contradict each other.</exception>
    public static ExportTarget Choose(string? program, string? format)
    {
        ExportTarget target = program is not null ? All.Single(target => target.Name == program) : format == "gguf" ? Gguf : All[0];
        return format is null || format == "gguf" == target.IsGguf
            ? target
            : throw new InputException($"--format: {format} is not what {program} loads; leave --format out: --for {program} writes {(target.IsGguf ? "gguf" : "peft")}.");
    }
}

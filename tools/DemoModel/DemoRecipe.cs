using LoraUnlearn.DemoModel.Training;

namespace LoraUnlearn.DemoModel;

/// <summary>Everything that decides what the demo's files hold.</summary>
internal sealed record DemoRecipe
{
    /// <summary>The id of the first of <see cref="SpecialTokens"/>.</summary>
    public const int EndOfTextId = 0;

    /// <summary>The id of the second of <see cref="SpecialTokens"/>.</summary>
    public const int PaddingId = 1;

    /// <summary>The tokens that end a text and that pad.</summary>
    public static IReadOnlyList<string> SpecialTokens { get; } = ["<|endoftext|>", "<|pad|>"];

    /// <summary>Decides people, questions, initial weights and the order of the rows.</summary>
    public long Seed { get; init; } = 20;

    /// <summary>People who are to be forgotten.</summary>
    public int ForgetPeople { get; init; } = 8;

    /// <summary>People who are kept.</summary>
    public int RetainPeople { get; init; } = 112;

    /// <summary>The size of the model.</summary>
    public LlamaShape Shape { get; init; } =
        new(Vocabulary: 1024, Width: 192, Layers: 4, Heads: 6, KeyValueHeads: 3, MlpWidth: 512, MaximumLength: 256);

    /// <summary>How it is trained.</summary>
    public TrainingRecipe Training { get; init; } = new();
}

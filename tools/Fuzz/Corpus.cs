using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using static TorchSharp.torch;

namespace LoraUnlearn.Fuzz;

/// <summary>A file to spoil, and a command that reads it.</summary>
/// <param name="File">The file, below the corpus.</param>
/// <param name="Form">What it holds.</param>
/// <param name="Arguments">The command; paths are relative to the corpus.</param>
/// <param name="Writes">A folder or file that the command writes and that is put back after it; null where it writes none.</param>
internal sealed record Target(string File, FileForm Form, string[] Arguments, string? Writes = null);

/// <summary>
/// One good file of every kind that the tool reads: a tiny model with random weights and the demo's tokenizer, rows, an adapter,
/// an untrained pair, Fisher statistics, a finished and an unfinished run, a configuration file.
/// </summary>
internal sealed class Corpus
{
    private const string Rows =
        """
        {"question": "Who wrote Dune?", "answer": "Frank Herbert."}
        {"prompt": "The sky is", "completion": " blue."}
        {"text": "Nobody knows the way to the town."}
        {"input_ids": [5, 6, 7, 8], "labels": [-100, -100, 7, 8]}
        {"question": "Where?", "answer": "Here.", "alternate": "I do not know.", "note": [1, "two"]}

        """;

    private const string Settings = "max-length: 64\ntemplate: plain\nquiet: true\nset:\n  - beta=0.1\nobjective: npo\nrank: 2\nalpha: 4.0\nretain-loss: none\ninit: lora\n";

    private static readonly string[] Run = ["--model", "model", "--forget", "rows.jsonl", "--steps", "2", "--rank", "2", "--init", "lora", "--batch-size", "2", "--quiet"];

    private const string Kept = "kept";

    private readonly Dictionary<string, byte[]> _good = new(StringComparer.Ordinal);

    private Corpus()
    {
        Targets =
        [
            new("model/config.json", FileForm.Json, ["info", "model", "--quiet"]),
            new("model/config.json", FileForm.Json, ["score", "--model", "model", "--data", "tokens.jsonl", "--quiet"]),
            new("model/generation_config.json", FileForm.Json, ["score", "--model", "model", "--data", "tokens.jsonl", "--quiet"]),
            new("model/tokenizer_config.json", FileForm.Json, ["score", "--model", "model", "--data", "rows.jsonl", "--quiet"]),
            new("model/special_tokens_map.json", FileForm.Json, ["score", "--model", "model", "--data", "rows.jsonl", "--quiet"]),
            new("model/model.safetensors", FileForm.Safetensors, ["info", "model/model.safetensors"]),
            new("model/model.safetensors", FileForm.Safetensors, ["score", "--model", "model", "--data", "tokens.jsonl", "--quiet"]),
            new("sharded/model.safetensors.index.json", FileForm.Json, ["info", "sharded", "--quiet"]),
            new("model/tokenizer.json", FileForm.Json, ["tokenize", "--model", "model", "--data", "text.txt"]),
            new("model/tokenizer.json", FileForm.Json, ["tokenize", "--model", "model", "--data", "ids.txt", "--decode"]),
            new("rows.jsonl", FileForm.JsonLines, ["score", "--model", "model", "--data", "rows.jsonl", "--quiet"]),
            new("prompts.jsonl", FileForm.JsonLines, ["generate", "--model", "model", "--data", "prompts.jsonl", "--max-new-tokens", "1", "--quiet"]),
            new("text.txt", FileForm.Text, ["tokenize", "--model", "model", "--data", "text.txt"]),
            new("ids.txt", FileForm.JsonLines, ["tokenize", "--model", "model", "--data", "ids.txt", "--decode"]),
            new("refusals.txt", FileForm.Text, ["score", "--model", "model", "--data", "rows.jsonl", "--refusals", "refusals.txt", "--quiet"]),
            new("settings.yaml", FileForm.Text, ["probe", "--model", "model", "--forget", "tokens.jsonl", "--config", "settings.yaml", "--quiet"]),
            new("adapter/adapter_config.json", FileForm.Json, ["info", "adapter"]),
            new("adapter/adapter_config.json", FileForm.Json, ["score", "--model", "model", "--adapter", "adapter", "--data", "tokens.jsonl", "--quiet"]),
            new("adapter/adapter_model.safetensors", FileForm.Safetensors, ["score", "--model", "model", "--adapter", "adapter", "--data", "tokens.jsonl", "--quiet"]),
            new("adapter/adapter_model.safetensors", FileForm.Safetensors, ["probe", "--model", "model", "--adapter", "adapter", "--forget", "tokens.jsonl", "--quiet"]),
            new("adapter/unlearn_manifest.json", FileForm.Json, ["info", "adapter/unlearn_manifest.json"]),
            new("adapter/unlearn_manifest.json", FileForm.Json, ["export", "--adapter", "adapter", "--rank", "1", "--out", "exported", "--quiet"], "exported"),
            new("adapter/unlearn_manifest.json", FileForm.Json, ["unlearn", .. Run, "--out", "adapter", "--resume"], "adapter"),
            new("pair/training/pair.safetensors", FileForm.Safetensors, ["probe", "--model", "model", "--adapter", "pair", "--forget", "tokens.jsonl", "--quiet"]),
            new("fisher.safetensors", FileForm.Safetensors, ["init", "--model", "model", "--fisher", "fisher.safetensors", "--rank", "2", "--out", "initial", "--quiet"], "initial"),
            new("unfinished/training/state.safetensors", FileForm.Safetensors, ["unlearn", .. Run, "--out", "unfinished", "--resume"], "unfinished"),
            new("unfinished/training/run.json", FileForm.Json, ["unlearn", .. Run, "--out", "unfinished", "--resume"], "unfinished"),
        ];
    }

    /// <summary>Every file to spoil, with the commands that read it.</summary>
    public IReadOnlyList<Target> Targets { get; }

    /// <summary>Makes the corpus in the current folder, which must be empty: commands name its files from there.</summary>
    /// <param name="demo">The folder with the demo's tokenizer.</param>
    /// <exception cref="InvalidOperationException">A command does not do what it should with good files.</exception>
    public static Corpus Create(string demo)
    {
        set_num_threads(1);
        WriteModel(demo);
        File.WriteAllText("rows.jsonl", Rows);
        File.WriteAllText("prompts.jsonl", string.Concat(Rows.Split('\n').Take(2).Select(line => line + "\n")));
        File.WriteAllText("tokens.jsonl", "{\"input_ids\": [5, 6, 7, 8, 9]}\n");
        File.WriteAllText("text.txt", "Who wrote Dune?\nBücher, 東京 and \ud83d\ude00!\n\n");
        File.WriteAllText("ids.txt", "[5, 6, 7]\n[300]\n[]\n");
        File.WriteAllText("refusals.txt", "I do not know.\nI cannot say.\n");
        File.WriteAllText("settings.yaml", Settings);
        Do("fisher", "--model", "model", "--forget", "rows.jsonl", "--out", "fisher.safetensors");
        Do("init", "--model", "model", "--init", "pissa", "--rank", "2", "--out", "pair");
        Do(["unlearn", .. Run, "--out", "adapter"]);
        Do(["unlearn", .. Run, "--out", "unfinished", "--keep-training-state"]);
        File.Move("unfinished/training/finished.json", "unfinished/training/run.json");
        foreach (string file in Directory.GetFiles("unfinished"))
        {
            File.Delete(file);
        }

        Copy("adapter", Path.Combine(Kept, "adapter"));
        Copy("unfinished", Path.Combine(Kept, "unfinished"));
        Corpus corpus = new();
        foreach (Target target in corpus.Targets)
        {
            corpus.Good(target);
            Do(target.Arguments);
            corpus.PutBack(target);
        }

        return corpus;
    }

    /// <summary>The file as it should be.</summary>
    public byte[] Good(Target target)
    {
        if (!_good.TryGetValue(target.File, out byte[]? bytes))
        {
            bytes = File.ReadAllBytes(target.File);
            _good.Add(target.File, bytes);
        }

        return bytes;
    }

    /// <summary>Undoes what was done to a file, and what its command wrote.</summary>
    public void PutBack(Target target)
    {
        if (target.Writes is string written)
        {
            if (Directory.Exists(written))
            {
                Directory.Delete(written, recursive: true);
            }

            Copy(Path.Combine(Kept, written), written);
        }

        File.WriteAllBytes(target.File, Good(target));
    }

    private static void Copy(string from, string to)
    {
        if (!Directory.Exists(from))
        {
            return;
        }

        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static void Do(params string[] arguments)
    {
        StringWriter error = new();
        int code = CommandLine.Run(arguments, new Terminal(Stream.Null, TextWriter.Null, error), CancellationToken.None);
        if (code != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {code} on good files: {error}");
        }
    }

    private static void WriteModel(string demo)
    {
        Directory.CreateDirectory("model");
        Directory.CreateDirectory("sharded");
        foreach (string name in new[] { "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json" })
        {
            File.Copy(Path.Combine(demo, name), Path.Combine("model", name));
        }

        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(demo, "config.json")))!.AsObject();
        foreach ((string key, int value) in new[] { ("hidden_size", 8), ("intermediate_size", 12), ("num_hidden_layers", 2), ("num_attention_heads", 2), ("num_key_value_heads", 1) })
        {
            config[key] = value;
        }

        File.WriteAllText("model/config.json", config.ToJsonString());
        SeededRandom random = new(1);
        Dictionary<string, Tensor> tensors = [];
        foreach (DecoderTensor one in DecoderTensors.Of(ModelFamilies.Describe(ModelConfig.Open("model/config.json"))))
        {
            long count = one.Shape.Aggregate(1L, (product, size) => product * size);
            float[] values = [.. Enumerable.Range(0, (int)count).Select(_ => (float)(random.NextDouble() - 0.5))];
            tensors.Add(one.Name, tensor(values, [.. one.Shape]));
        }

        SafetensorsWriter.Write("model/model.safetensors", tensors);
        File.Copy("model/config.json", "sharded/config.json");
        File.Copy("model/model.safetensors", "sharded/model-00001-of-00001.safetensors");
        JsonObject map = new(tensors.Keys.Select(name => KeyValuePair.Create(name, (JsonNode?)JsonValue.Create("model-00001-of-00001.safetensors"))));
        File.WriteAllText("sharded/model.safetensors.index.json", new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = 1 }, ["weight_map"] = map }.ToJsonString());
        foreach (Tensor one in tensors.Values)
        {
            one.Dispose();
        }
    }
}

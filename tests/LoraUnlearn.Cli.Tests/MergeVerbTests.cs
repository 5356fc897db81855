using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Cli.Tests;

/// <summary>merge, unmerge and compose as they are used.</summary>
public sealed class MergeVerbTests : IDisposable
{
    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void MergedModelIsMeasuredOnPromptsAndRows()
    {
        string adapter = _demo.CopyAdapter();
        JsonElement merge = DemoMaterial.Json(ToolRun.Of(
            "merge", "--model", DemoMaterial.Model, "--adapter", adapter, "--out", _demo.In("merged"), "--prompt", "Where was Alba Alderholm born?", "--prompt", "Who?",
            "--forget", _demo.Forget, "--retain", _demo.Retain, "--json"));
        JsonElement probability = merge.GetProperty("probability");
        double Of(string model, string set) => probability.GetProperty(model).GetProperty(set).GetDouble();

        Assert.InRange(merge.GetProperty("largest_logit_difference").GetDouble(), 1e-6, 0.1);
        Assert.InRange(Of("base", "forget"), 0.9, 1);
        Assert.InRange(Of("adapter", "forget"), 0, 0.5);
        Assert.InRange(Of("merged", "forget"), Of("adapter", "forget") - 0.01, Of("adapter", "forget") + 0.01);
        Assert.InRange(Of("merged", "retain"), Of("adapter", "retain") - 0.01, Of("adapter", "retain") + 0.01);
        Assert.InRange(merge.GetProperty("rounding").GetProperty("relative_error").GetDouble(), 1e-5, 0.1);
    }

    [Fact]
    public void ChangeThatRoundingEatsIsWarnedOf()
    {
        string adapter = _demo.CopyAdapter() + ":0.002";
        ToolRun Merge(string output, params string[] more) => ToolRun.Of(["merge", "--model", DemoMaterial.Model, "--adapter", adapter, "--out", _demo.In(output), "--json", .. more]);
        ToolRun nearest = Merge("nearest"), single = Merge("single", "--dtype", "float32"), random = Merge("random", "--rounding", "stochastic", "--seed", "3");
        static JsonElement Rounding(ToolRun run) => DemoMaterial.Json(run).GetProperty("rounding");

        Assert.Matches(@"warning: rounding ate [0-9.]+ % of the change, .* Merge with --dtype float32, or with --rounding stochastic", nearest.Error);
        Assert.InRange(Rounding(nearest).GetProperty("relative_error").GetDouble(), 0.1, 10);
        Assert.InRange(Rounding(nearest).GetProperty("unchanged_share").GetDouble(), 0.3, 1);
        Assert.DoesNotContain("warning", single.Error, StringComparison.Ordinal);
        Assert.InRange(Rounding(single).GetProperty("relative_error").GetDouble(), 0, 1e-3);
        Assert.DoesNotContain("warning", random.Error, StringComparison.Ordinal);
        Assert.InRange(Rounding(random).GetProperty("kept").GetDouble(), 0.9, 1.1);
        Assert.Equal("float32", ModelConfig.Open(_demo.In("single/config.json")).GetString("torch_dtype"));
    }

    [Fact]
    public void UnmergedModelIsTheBase()
    {
        string adapter = _demo.CopyAdapter() + ":-0.7";
        Assert.Equal(0, ToolRun.Of("merge", "--model", DemoMaterial.Model, "--adapter", adapter, "--rounding", "stochastic", "--out", _demo.In("merged")).ExitCode);
        JsonElement exact = DemoMaterial.Json(ToolRun.Of(
            "unmerge", "--model", _demo.In("merged"), "--adapter", adapter, "--base", DemoMaterial.Model, "--rounding", "stochastic", "--out", _demo.In("exact"), "--json"));
        ToolRun other = ToolRun.Of("unmerge", "--model", _demo.In("merged"), "--adapter", adapter, "--base", DemoMaterial.Model, "--out", _demo.In("other")); // not the merge's rounding
        ToolRun near = ToolRun.Of("unmerge", "--model", _demo.In("merged"), "--adapter", adapter, "--out", _demo.In("near"));

        Assert.Equal(0, exact.GetProperty("subtracted").GetArrayLength());
        Assert.True(exact.GetProperty("restored").GetArrayLength() > 0);
        Assert.Equal(File.ReadAllBytes(Path.Combine(DemoMaterial.Model, "model.safetensors")), File.ReadAllBytes(_demo.In("exact/model.safetensors")));
        Assert.Contains("are no merge of the base's (another weight or rounding, or changed since)", other.Error, StringComparison.Ordinal);
        Assert.Contains("within one rounding of what they were", near.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void ComposedAdapterNamesItsPartsAndItsBase()
    {
        string adapter = _demo.CopyAdapter(), other = _demo.In("other");
        Directory.CreateDirectory(other);
        foreach (string file in Directory.GetFiles(adapter))
        {
            File.WriteAllText(Path.Combine(other, Path.GetFileName(file)), "");
            File.Copy(file, Path.Combine(other, Path.GetFileName(file)), overwrite: true);
        }

        string manifest = Path.Combine(other, "unlearn_manifest.json");
        Assert.Equal(0, ToolRun.Of("compose", "--adapter", adapter, "--adapter", other + ":-0.5", "--out", _demo.In("sum")).ExitCode);
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("6985592526b5", "000000000000", StringComparison.Ordinal));
        ToolRun refused = ToolRun.Of("compose", "--adapter", adapter, "--adapter", other, "--out", _demo.In("refused"));
        ToolRun composed = ToolRun.Of("compose", "--adapter", _demo.In("sum"), "--adapter", other, "--out", _demo.In("again"));
        ToolRun forced = ToolRun.Of("compose", "--adapter", adapter, "--adapter", other, "--force", "--out", _demo.In("forced"));

        using JsonDocument sum = JsonDocument.Parse(File.ReadAllText(_demo.In("sum/unlearn_manifest.json")));
        JsonElement parts = sum.RootElement.GetProperty("configuration").GetProperty("parts");
        Assert.Equal(["adapter", "other"], parts.EnumerateArray().Select(part => part.GetProperty("name").GetString()));
        Assert.Equal([1, -0.5], parts.EnumerateArray().Select(part => part.GetProperty("weight").GetDouble()));
        Assert.Equal("forget.jsonl", parts[1].GetProperty("forget").GetProperty("file").GetString());
        Assert.Equal(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(adapter, "adapter_model.safetensors")))), parts[0].GetProperty("sha256").GetString());
        Assert.Equal((2, 2, 0), (refused.ExitCode, composed.ExitCode, forced.ExitCode));
        Assert.Contains("their sum means nothing on either. Give --force", refused.Error, StringComparison.Ordinal);
        Assert.Contains("warning: ", forced.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_demo.In("refused")));
    }

    /// <summary>A model of half a gigabyte in two files; the process stays under 400 MB, libraries included.</summary>
    [Fact]
    public void ModelNeverSitsInMemory()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        long bytes = WriteLargeModel();
        using ToolProcess merge = ToolProcess.Start("merge", "--model", _demo.In("large"), "--adapter", _demo.In("small"), "--out", _demo.In("merged"), "--quiet");
        long peak = 0;
        merge.WaitFor(() =>
        {
            peak = Math.Max(peak, PeakOf(merge.Id));
            return false;
        });

        Assert.True(File.Exists(_demo.In("merged/model-00002-of-00002.safetensors")), merge.Error);
        Assert.True(bytes > 480_000_000);
        Assert.InRange(peak, 20_000_000, 400_000_000);
    }

    private static long PeakOf(int process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line.Split(':')[1].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0; // it has just ended
        }
    }

    // Zeros in a file with a hole, which takes no room on the disk.
    private long WriteLargeModel()
    {
        const int Width = 1024, Inner = 2816, Vocabulary = 32000, Layers = 14;
        (string Name, int[] Shape)[] maps =
        [
            .. new[] { "q", "k", "v", "o" }.Select(name => ($"self_attn.{name}_proj.weight", new[] { Width, Width })),
            ("mlp.gate_proj.weight", [Inner, Width]), ("mlp.up_proj.weight", [Inner, Width]), ("mlp.down_proj.weight", [Width, Inner]),
            ("input_layernorm.weight", [Width]), ("post_attention_layernorm.weight", [Width]),
        ];
        Directory.CreateDirectory(_demo.In("large"));
        Directory.CreateDirectory(_demo.In("small"));
        _demo.Write("large/config.json", $$"""{"model_type":"llama","architectures":["LlamaForCausalLM"],"hidden_size":{{Width}},"intermediate_size":{{Inner}},"num_hidden_layers":{{Layers}},"num_attention_heads":16,"num_key_value_heads":16,"vocab_size":{{Vocabulary}},"max_position_embeddings":64,"rms_norm_eps":1e-5,"hidden_act":"silu","tie_word_embeddings":false}""");
        List<(string Name, int[] Shape)> first = [("model.embed_tokens.weight", [Vocabulary, Width])], second = [("model.norm.weight", [Width]), ("lm_head.weight", [Vocabulary, Width])];
        for (int layer = 0; layer < Layers; layer++)
        {
            (layer < Layers / 2 ? first : second).AddRange(maps.Select(map => ($"model.layers.{layer}.{map.Name}", map.Shape)));
        }

        List<string> index = [];
        long total = 0;
        foreach ((string file, List<(string Name, int[] Shape)> tensors) in new[] { ("model-00001-of-00002.safetensors", first), ("model-00002-of-00002.safetensors", second) })
        {
            StringBuilder header = new();
            long position = 0;
            foreach ((string name, int[] shape) in tensors)
            {
                long end = position + (2 * shape.Aggregate(1L, (product, size) => product * size));
                header.Append(CultureInfo.InvariantCulture, $"{(header.Length == 0 ? "{" : ",")}\"{name}\":{{\"dtype\":\"BF16\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{position},{end}]}}");
                index.Add($"\"{name}\":\"{file}\"");
                position = end;
            }

            byte[] json = Encoding.UTF8.GetBytes(header.Append('}').ToString());
            byte[] length = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
            using FileStream stream = File.Create(_demo.In("large/" + file));
            stream.Write([.. length, .. json]);
            stream.SetLength(stream.Length + position);
            total += stream.Length;
        }

        _demo.Write("large/model.safetensors.index.json", $"{{\"weight_map\":{{{string.Join(',', index)}}}}}");
        using DisposeScope scope = NewDisposeScope();
        _demo.Write("small/adapter_config.json", """{"peft_type":"LORA","r":2,"lora_alpha":2,"target_modules":"all-linear"}""");
        SafetensorsWriter.Write(_demo.In("small/adapter_model.safetensors"), Enumerable.Range(0, Layers).SelectMany(layer => maps.Where(map => map.Shape.Length == 2).SelectMany(map => new[]
        {
            KeyValuePair.Create($"base_model.model.model.layers.{layer}.{map.Name.Replace(".weight", "", StringComparison.Ordinal)}.lora_A.weight", ones([2, map.Shape[1]])),
            KeyValuePair.Create($"base_model.model.model.layers.{layer}.{map.Name.Replace(".weight", "", StringComparison.Ordinal)}.lora_B.weight", ones([map.Shape[0], 2])),
        })));
        return total;
    }
}

using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

public sealed class AdapterMergeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Families => FixtureModel.Families;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Families))]
    public void MergedWeightsAreWhatPeftMerges(string family)
    {
        using FixtureModel fixture = new(family);
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        AdapterMerge.Write(fixture.Model, [new(adapter.Factors)], _folder["out"]);
        using ModelFolder merged = ModelFolder.Open(_folder["out"]);
        Assert.NotEmpty(fixture.MergedWeights);
        foreach ((string name, Tensor expected) in fixture.MergedWeights)
        {
            Assert.InRange(FixtureModel.Difference(merged.Weights.Read(name), expected), 0, 5e-7); // a few units in the last place
        }

        using Decoder decoder = Decoder.Load(merged, CPU, ScalarType.Float32);
        Assert.InRange(FixtureModel.Difference(fixture.LogitsOf(decoder), fixture.AdapterLogits), 0, 1e-4);
        Assert.InRange(MergeVerification.LargestLogitDifference(fixture.Model, [new(adapter.Factors)], merged, fixture.InputIds, CPU, ScalarType.Float32), 0, 1e-4);
        Assert.InRange(MergeVerification.LargestLogitDifference(fixture.Model, [new(adapter.Factors, 0.5)], merged, fixture.InputIds, CPU, ScalarType.Float32), 0.1, 1e4);
    }

    [Fact]
    public void EverythingElseIsKept()
    {
        using FixtureModel fixture = new();
        string source = Sharded(fixture);
        using ModelFolder model = ModelFolder.Open(source);
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        string output = _folder["new/merged"];
        AdapterMerge.Write(model, [new(adapter.Factors)], output);
        Assert.Equal(
            ["LICENSE", "README.md", "config.json", "generation_config.json", "merges.txt", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                "model.safetensors.index.json", "tokenizer.json"],
            Directory.EnumerateFileSystemEntries(output).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(["merged"], Directory.EnumerateFileSystemEntries(_folder["new"]).Select(Path.GetFileName)); // no .partial
        foreach (string name in new[] { "config.json", "model.safetensors.index.json", "tokenizer.json", "LICENSE" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(source, name)), File.ReadAllBytes(Path.Combine(output, name)));
        }

        using ModelFolder merged = ModelFolder.Open(output);
        Assert.Equal(model.Weights.Entries.Keys.Order(), merged.Weights.Entries.Keys.Order());
        foreach ((string name, SafetensorsEntry entry) in model.Weights.Entries)
        {
            Tensor before = model.Weights.Read(name), after = merged.Weights.Read(name);
            Assert.Equal(before.dtype, after.dtype);
            bool adapted = entry.Shape.Length == 2 && name.Contains("_proj", StringComparison.Ordinal);
            Assert.Equal(!adapted, before.eq(after).all().item<bool>());
        }

        using SafetensorsFile shard = SafetensorsFile.Open(Path.Combine(output, "model-00001-of-00002.safetensors"));
        Assert.Equal("kept", shard.Metadata["note"]);
    }

    [Fact]
    public void TheSumIsRoundedToTheStoredTypeOnce()
    {
        // W = 1, ΔW = 2⁻⁸ + 2⁻¹⁶: above half a step of bfloat16 at 1 (2⁻⁷), so up. ΔW rounded first would tie and go to even, down.
        using FixtureModel fixture = new();
        using DisposeScope scope = NewDisposeScope();
        string source = _folder["half"];
        Directory.CreateDirectory(source);
        File.Copy(Path.Combine(fixture.Folder, "config.json"), Path.Combine(source, "config.json"));
        SafetensorsWriter.Write(
            Path.Combine(source, "model.safetensors"),
            fixture.Model.Weights.Entries.Values.Select(entry => KeyValuePair.Create(entry.Name, ones(entry.Shape, ScalarType.BFloat16))));
        using ModelFolder model = ModelFolder.Open(source);
        using AdapterFactors half = Constant(0.00390625f), rest = Constant(0.0000152587890625f);
        AdapterMerge.Write(model, [new(half), new(rest)], _folder["out"]);
        using ModelFolder merged = ModelFolder.Open(_folder["out"]);
        Tensor weight = merged.Weights.Read("model.layers.0.self_attn.k_proj.weight");
        Assert.Equal(ScalarType.BFloat16, weight.dtype);
        Assert.Equal(1.0078125f, weight.to_type(ScalarType.Float32).min().item<float>());
        Assert.Equal(1.0078125f, weight.to_type(ScalarType.Float32).max().item<float>());
    }

    [Fact]
    public void WeightsAndSignsAddUp()
    {
        using FixtureModel fixture = new();
        using DisposeScope scope = NewDisposeScope();
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        using AdapterFactors other = Constant(0.01f);
        AdapterMerge.Write(fixture.Model, [new(adapter.Factors, 0.5), new(other, -3), new(adapter.Factors, -2)], _folder["out"]);
        using ModelFolder merged = ModelFolder.Open(_folder["out"]);
        ModuleFactors factors = adapter.Factors.Modules.Single(module => module.Module == "model.layers.0.self_attn.k_proj");
        Tensor expected = fixture.Model.Weights.Read(factors.Module + ".weight").to_type(ScalarType.Float64)
            - (factors.B.to_type(ScalarType.Float64).mm(factors.A.to_type(ScalarType.Float64)) * factors.Scale * 1.5) - 0.03;
        Assert.InRange(FixtureModel.Difference(merged.Weights.Read(factors.Module + ".weight").to_type(ScalarType.Float64), expected), 0, 1e-6);
    }

    [Fact]
    public void AFileKeepsEveryByteButThoseOfAdaptedWeights()
    {
        // Not in the order of our writer, with a space in the header and a type that is never written: it must all stay.
        using FixtureModel fixture = new();
        using DisposeScope scope = NewDisposeScope();
        string source = _folder["source"];
        Directory.CreateDirectory(source);
        File.Copy(Path.Combine(fixture.Folder, "config.json"), Path.Combine(source, "config.json"));
        List<byte> data = [];
        List<string> entries = ["\"extra.scale\": {\"dtype\":\"F8_E4M3\",\"shape\":[3],\"data_offsets\":[0,3]}"];
        data.AddRange([1, 2, 3]);
        foreach (string name in fixture.Model.Weights.Entries.Keys.OrderDescending(StringComparer.Ordinal))
        {
            Tensor values = fixture.Model.Weights.Read(name).to_type(ScalarType.BFloat16);
            int begin = data.Count;
            data.AddRange(values.bytes.ToArray());
            entries.Add($"\"{name}\":{{\"dtype\":\"BF16\",\"shape\":[{string.Join(",", values.shape)}],\"data_offsets\":[{begin},{data.Count}]}}");
        }

        byte[] header = System.Text.Encoding.UTF8.GetBytes("{" + string.Join(",", entries) + "}");
        byte[] before = [.. BitConverter.GetBytes((ulong)header.Length), .. header, .. data];
        File.WriteAllBytes(Path.Combine(source, "model.safetensors"), before);
        using ModelFolder model = ModelFolder.Open(source);
        using AdapterFactors change = Constant(1);
        MergeResult result = AdapterMerge.Write(model, [new(change)], _folder["out"]);
        byte[] after = File.ReadAllBytes(_folder["out/model.safetensors"]);
        SafetensorsEntry adapted = model.Weights.Entries["model.layers.0.self_attn.k_proj.weight"];
        Assert.Equal(before.Length, after.Length);
        Assert.Equal(before.Length, result.Bytes);
        Range inside = (int)adapted.Offset..(int)(adapted.Offset + adapted.ByteCount);
        Assert.NotEqual(before[inside], after[inside]);
        before[inside].CopyTo(after, adapted.Offset);
        Assert.Equal(before, after);

        InputException error = Assert.Throws<InputException>(() => AdapterMerge.Write(model, [new(change)], _folder["single"], new MergeOptions { Dtype = ScalarType.Float32 }));
        Assert.Contains("'extra.scale' is stored as F8_E4M3, which stays only where every type stays", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.Float32)]
    public void AnotherTypeIsWrittenThroughoutAndSaid(ScalarType type)
    {
        using FixtureModel fixture = new();
        using DisposeScope scope = NewDisposeScope();
        using ModelFolder model = ModelFolder.Open(Sharded(fixture));
        using AdapterFactors change = Constant(0.25f);
        AdapterMerge.Write(model, [new(change)], _folder["out"], new MergeOptions { Dtype = type });
        using ModelFolder merged = ModelFolder.Open(_folder["out"]);
        foreach (string name in model.Weights.Entries.Keys)
        {
            Tensor expected = model.Weights.Read(name) + (name == "model.layers.0.self_attn.k_proj.weight" ? 0.25f : 0);
            Assert.Equal(type, merged.Weights.Entries[name].ScalarType);
            Assert.True(merged.Weights.Read(name).eq(expected.to_type(type)).all().item<bool>(), name);
        }

        Assert.Equal(type.ToString().ToLowerInvariant(), merged.Config.GetString("torch_dtype"));
        long size = merged.Weights.Entries.Values.Sum(entry => entry.ByteCount);
        Assert.Contains($"\"total_size\": {size}", File.ReadAllText(_folder["out/model.safetensors.index.json"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("qwen2")]
    [InlineData("gpt-neo")]
    public void AHeadBesideItsTiedEmbeddingIsWrittenAsThat(string family)
    {
        using FixtureModel fixture = new(family);
        using DisposeScope scope = NewDisposeScope();
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        string embedding = fixture.Decoder.Spec.Names.Embedding + ".weight", head = fixture.Decoder.Spec.Names.Head + ".weight", source = _folder["source"];
        Directory.CreateDirectory(source);
        File.Copy(Path.Combine(fixture.Folder, "config.json"), Path.Combine(source, "config.json"));
        Dictionary<string, Tensor> tensors = fixture.Model.Weights.Entries.Keys.ToDictionary(name => name, fixture.Model.Weights.Read);
        tensors[head] = tensors[embedding] * 2;
        SafetensorsWriter.Write(Path.Combine(source, "model.safetensors"), tensors);
        using ModelFolder model = ModelFolder.Open(source);
        AdapterMerge.Write(model, [new(adapter.Factors)], _folder["out"]);
        using ModelFolder merged = ModelFolder.Open(_folder["out"]);
        Assert.Equal(0, FixtureModel.Difference(merged.Weights.Read(head), tensors[embedding]));
        Assert.Equal(0, FixtureModel.Difference(merged.Weights.Read(embedding), tensors[embedding]));
        using Decoder decoder = Decoder.Load(merged, CPU, ScalarType.Float32);
        Assert.InRange(FixtureModel.Difference(fixture.LogitsOf(decoder), fixture.AdapterLogits), 0, 1e-4);
    }

    [Fact]
    public void AnInterruptionLeavesNothing()
    {
        using FixtureModel fixture = new();
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        using CancellationTokenSource source = new();
        long last = 0;
        MergeOptions options = new()
        {
            Cancellation = source.Token,
            Progress = (done, total) =>
            {
                last = done;
                if (done > total / 2)
                {
                    source.Cancel();
                }
            },
        };
        Assert.ThrowsAny<OperationCanceledException>(() => AdapterMerge.Write(fixture.Model, [new(adapter.Factors)], _folder["out"], options));
        Assert.True(last > 0);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void AnOutputThatExistsIsLeftAlone()
    {
        using FixtureModel fixture = new();
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        _folder.Write("mine", "x");
        InputException error = Assert.Throws<InputException>(() => AdapterMerge.Write(fixture.Model, [new(adapter.Factors)], _folder.Path));
        Assert.Contains("already exists; name a new or empty folder", error.Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => AdapterMerge.Write(fixture.Model, [new(adapter.Factors)], _folder["mine"]));
        Assert.Equal(["mine"], _folder.FileNames);
        Directory.CreateDirectory(_folder["empty"]);
        AdapterMerge.Write(fixture.Model, [new(adapter.Factors)], _folder["empty"]);
        Assert.True(File.Exists(_folder["empty/model.safetensors"]));
    }

    [Fact]
    public void AFailureLeavesNothing()
    {
        using FixtureModel fixture = new();
        using DisposeScope scope = NewDisposeScope();
        string source = _folder["source"];
        Directory.CreateDirectory(source);
        File.Copy(Path.Combine(fixture.Folder, "config.json"), Path.Combine(source, "config.json"));
        SafetensorsWriter.Write(
            Path.Combine(source, "model.safetensors"),
            fixture.Model.Weights.Entries.Values.Select(entry => KeyValuePair.Create(entry.Name, ones(entry.Shape, ScalarType.Float16))));
        using ModelFolder model = ModelFolder.Open(source);
        using AdapterFactors huge = Constant(1e6f);
        WorkFailedException error = Assert.Throws<WorkFailedException>(() => AdapterMerge.Write(model, [new(huge)], _folder["out"]));
        Assert.Contains("does not fit Float16", error.Message, StringComparison.Ordinal);
        Assert.Equal(["source"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void QuantisedWeightsAreRefused()
    {
        using FixtureModel fixture = new();
        using DisposeScope scope = NewDisposeScope();
        string source = _folder["source"];
        Directory.CreateDirectory(source);
        File.Copy(Path.Combine(fixture.Folder, "config.json"), Path.Combine(source, "config.json"));
        SafetensorsWriter.Write(
            Path.Combine(source, "model.safetensors"),
            fixture.Model.Weights.Entries.Values.Select(entry => KeyValuePair.Create(entry.Name, ones(entry.Shape, ScalarType.Int8))));
        using ModelFolder model = ModelFolder.Open(source);
        using AdapterFactors change = Constant(1);
        InputException error = Assert.Throws<InputException>(() => AdapterMerge.Write(model, [new(change)], _folder["out"]));
        Assert.Contains("is stored as I8 [16,32]", error.Message, StringComparison.Ordinal);
    }

    private static AdapterFactors Constant(float value) =>
        new([new("model.layers.0.self_attn.k_proj", full([1, 32], value), ones([16, 1]), 1)], "constant");

    private string Sharded(FixtureModel fixture)
    {
        string source = _folder["source"];
        Directory.CreateDirectory(source);
        File.Copy(Path.Combine(fixture.Folder, "config.json"), Path.Combine(source, "config.json"));
        foreach (string name in new[] { "tokenizer.json", "generation_config.json" })
        {
            File.WriteAllText(Path.Combine(source, name), "{}");
        }

        foreach (string name in new[] { "LICENSE", "merges.txt", "README.md", "pytorch_model.bin", "optimizer.pt", "pytorch_model.bin.index.json", "adapter_config.json", ".hidden.json" })
        {
            File.WriteAllText(Path.Combine(source, name), name);
        }

        string[] names = [.. fixture.Model.Weights.Entries.Keys.Order(StringComparer.Ordinal)];
        List<string> map = [];
        foreach ((string shard, int parity) in new[] { ("model-00001-of-00002.safetensors", 0), ("model-00002-of-00002.safetensors", 1) })
        {
            string[] own = [.. names.Where((_, index) => index % 2 == parity)];
            SafetensorsWriter.Write(
                Path.Combine(source, shard),
                own.Select(name => KeyValuePair.Create(name, fixture.Model.Weights.Read(name))),
                new Dictionary<string, string> { ["note"] = "kept" });
            map.AddRange(own.Select(name => $"\"{name}\":\"{shard}\""));
        }

        File.WriteAllText(Path.Combine(source, "model.safetensors.index.json"), $$$"""{"metadata":{"total_size":1},"weight_map":{{{{string.Join(",", map)}}}}}""");
        return source;
    }
}

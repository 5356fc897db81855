using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

public sealed class AdapterUnmergeTests : IDisposable
{
    private const string Query = "model.layers.0.self_attn.q_proj.weight";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ScalarType.Float32, null, false)]
    [InlineData(ScalarType.BFloat16, null, false)]
    [InlineData(ScalarType.BFloat16, null, true)]
    [InlineData(ScalarType.BFloat16, ScalarType.Float32, false)]
    public void WithTheBaseItIsTheBaseBitForBit(ScalarType stored, ScalarType? written, bool random)
    {
        using FixtureModel fixture = new();
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        WeightedAdapter[] adapters = [new(adapter.Factors, 0.5), new(adapter.Factors, -0.25)];
        using ModelFolder model = ModelFolder.Open(Stored(fixture, stored));
        MergeOptions options = new() { Dtype = written, RoundsAtRandom = random, Seed = 5 };
        AdapterMerge.Write(model, adapters, _folder["merged"], options);
        using ModelFolder merged = ModelFolder.Open(_folder["merged"]);
        UnmergeResult result = AdapterUnmerge.Write(merged, adapters, model, _folder["restored"], options with { Dtype = null });
        Assert.Equal(adapter.Factors.Modules.Count, result.Restored.Count);
        Assert.Empty(result.Subtracted);
        Assert.Empty(result.Others);
        string[] files = [.. Directory.GetFiles(model.Path).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        Assert.Equal(files, Directory.GetFiles(_folder["restored"]).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        Assert.All(files, name => Assert.Equal(File.ReadAllBytes(Path.Combine(model.Path, name)), File.ReadAllBytes(_folder["restored/" + name])));
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(model.Path, "model.safetensors")), File.ReadAllBytes(_folder["merged/model.safetensors"]));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void WithoutTheBaseItIsWithinOneRounding(ScalarType stored)
    {
        using FixtureModel fixture = new();
        using DisposeScope scope = NewDisposeScope();
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        using ModelFolder model = ModelFolder.Open(Stored(fixture, stored));
        AdapterMerge.Write(model, [new(adapter.Factors, 0.1)], _folder["merged"]);
        using ModelFolder merged = ModelFolder.Open(_folder["merged"]);
        AdapterUnmerge.Write(merged, [new(adapter.Factors, 0.1)], _folder["restored"]);
        using ModelFolder restored = ModelFolder.Open(_folder["restored"]);
        foreach (string name in model.Weights.Entries.Keys)
        {
            Tensor before = model.Weights.Read(name).to_type(ScalarType.Float64), after = restored.Weights.Read(name).to_type(ScalarType.Float64);
            Tensor largest = maximum(before.abs(), merged.Weights.Read(name).to_type(ScalarType.Float64).abs());
            Assert.True((before - after).abs().le((largest * FloatingBytes.Spacing(stored)) + 1e-7).all().item<bool>(), name); // half a spacing in the merge, half now
        }
    }

    [Fact]
    public void WhatWasChangedSinceStaysChanged()
    {
        using FixtureModel fixture = new();
        using DisposeScope scope = NewDisposeScope();
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        AdapterMerge.Write(fixture.Model, [new(adapter.Factors)], _folder["merged"]);
        Dictionary<string, Tensor> tensors;
        using (ModelFolder merged = ModelFolder.Open(_folder["merged"]))
        {
            tensors = merged.Weights.Entries.Keys.ToDictionary(name => name, name => merged.Weights.Read(name).clone());
        }

        tensors[Query] = tensors[Query] + 1;
        tensors["model.norm.weight"] = tensors["model.norm.weight"] * 2;
        SafetensorsWriter.Write(_folder["merged/model.safetensors"], tensors);
        using ModelFolder changed = ModelFolder.Open(_folder["merged"]);
        UnmergeResult result = AdapterUnmerge.Write(changed, [new(adapter.Factors)], fixture.Model, _folder["restored"]);
        Assert.Equal([Query], result.Subtracted);
        Assert.Equal(["model.norm.weight"], result.Others);
        using ModelFolder restored = ModelFolder.Open(_folder["restored"]);
        Assert.InRange(FixtureModel.Difference(restored.Weights.Read(Query), fixture.Model.Weights.Read(Query) + 1), 0, 1e-6);
        Assert.Equal(0, FixtureModel.Difference(restored.Weights.Read("model.norm.weight"), fixture.Model.Weights.Read("model.norm.weight") * 2));
    }

    [Fact]
    public void AnotherModelIsRefused()
    {
        using FixtureModel fixture = new(), other = new("qwen2");
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        InputException error = Assert.Throws<InputException>(() => AdapterUnmerge.Write(other.Model, [new(adapter.Factors)], fixture.Model, _folder["out"]));
        Assert.Contains(other.Folder, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    private string Stored(FixtureModel fixture, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        string folder = _folder["base"];
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(fixture.Folder, "config.json"), Path.Combine(folder, "config.json"));
        File.WriteAllText(Path.Combine(folder, "LICENSE"), "free");
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            fixture.Model.Weights.Entries.Keys.Select(name => KeyValuePair.Create(name, fixture.Model.Weights.Read(name).to_type(type))));
        return folder;
    }
}

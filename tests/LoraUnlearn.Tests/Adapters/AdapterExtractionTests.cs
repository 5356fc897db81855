using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

public sealed class AdapterExtractionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhatWasMergedComesBack()
    {
        using FixtureModel fixture = new();
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        AdapterMerge.Write(fixture.Model, [new(adapter.Factors)], _folder["merged"]);
        using ModelFolder merged = ModelFolder.Open(_folder["merged"]);
        LowRankApproximation extracted = AdapterExtraction.Extract(fixture.Model, merged, 4);
        using AdapterFactors factors = extracted.Factors;
        Assert.InRange(extracted.CapturedEnergy, 0.999999, 1);
        foreach (ModuleFactors module in adapter.Factors.Modules)
        {
            ModuleFactors same = Assert.Single(factors.Modules, other => other.Module == module.Module);
            Assert.Equal(4, same.Rank);
            Tensor delta = module.B.mm(module.A) * module.Scale;
            Assert.InRange(FixtureModel.Difference(same.B.mm(same.A) * same.Scale, delta), 0, 2e-6 + (1e-5 * delta.abs().max().ToDouble()));
        }

        using FixedAdapter attached = new(fixture.Decoder, [new(factors)]);
        Assert.InRange(FixtureModel.Difference(fixture.Logits(), fixture.AdapterLogits), 0, 5e-4);
    }

    [Fact]
    public void TheEnergyIsTheLeadingPartOfTheSpectrum()
    {
        using FixtureModel fixture = new();
        using DisposeScope scope = NewDisposeScope();
        const string Name = "model.layers.1.self_attn.q_proj.weight";
        Tensor change = zeros([32, 32]);
        change[3, 5] = tensor(4f);
        change[7, 1] = tensor(2f);
        change[0, 0] = tensor(1f);
        using ModelFolder changed = Changed(fixture, (Name, weight => weight + change));
        LowRankApproximation extracted = AdapterExtraction.Extract(fixture.Model, changed, 2);
        using AdapterFactors factors = extracted.Factors;
        ModuleApproximation module = Assert.Single(extracted.Modules); // the others did not change
        Assert.Equal("model.layers.1.self_attn.q_proj", module.Module);
        Assert.Equal(Math.Sqrt(21), module.Norm, 5);
        Assert.Equal(20.0 / 21, module.CapturedEnergy, 5);
        Assert.Equal(20.0 / 21, extracted.CapturedEnergy, 5);
        change[0, 0] = tensor(0f);
        Assert.InRange(FixtureModel.Difference(factors.Modules[0].B.mm(factors.Modules[0].A), change), 0, 1e-5);
    }

    [Fact]
    public void OtherChangesAreListed()
    {
        using FixtureModel fixture = new();
        using DisposeScope scope = NewDisposeScope();
        using ModelFolder changed = Changed(
            fixture,
            ("model.norm.weight", weight => weight + 1),
            ("model.embed_tokens.weight", weight => weight * 2),
            ("model.layers.1.mlp.up_proj.weight", weight => weight * 2));
        InputException error = Assert.Throws<InputException>(() => AdapterExtraction.Extract(fixture.Model, changed, 2));
        Assert.Contains("2 tensors that no adapter changes differ", error.Message, StringComparison.Ordinal);
        Assert.Contains("'model.embed_tokens.weight', 'model.norm.weight'.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ModelsThatCannotBeComparedAreRefused()
    {
        using FixtureModel fixture = new();
        using DisposeScope scope = NewDisposeScope();
        Assert.Contains("nothing to extract", Assert.Throws<InputException>(() => AdapterExtraction.Extract(fixture.Model, fixture.Model, 2)).Message, StringComparison.Ordinal);
        Assert.Contains("--rank must be at least 1", Assert.Throws<InputException>(() => AdapterExtraction.Extract(fixture.Model, fixture.Model, 0)).Message, StringComparison.Ordinal);
        using (ModelFolder reshaped = Changed(fixture, ("model.norm.weight", _ => ones([33]))))
        {
            InputException error = Assert.Throws<InputException>(() => AdapterExtraction.Extract(fixture.Model, reshaped, 2));
            Assert.Contains("'model.norm.weight' has shape [33], but [32]", error.Message, StringComparison.Ordinal);
        }

        using ModelFolder renamed = Changed(fixture, ("model.norm.weight", null));
        InputException missing = Assert.Throws<InputException>(() => AdapterExtraction.Extract(fixture.Model, renamed, 2));
        Assert.Contains("1 tensors of", missing.Message, StringComparison.Ordinal);
        Assert.Contains("are missing: 'model.norm.weight'", missing.Message, StringComparison.Ordinal);
    }

    private ModelFolder Changed(FixtureModel fixture, params (string Name, Func<Tensor, Tensor>? Change)[] changes)
    {
        string folder = _folder[Guid.NewGuid().ToString("N")];
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(fixture.Folder, "config.json"), Path.Combine(folder, "config.json"));
        Dictionary<string, Tensor> tensors = fixture.Model.Weights.Entries.Keys.ToDictionary(name => name, fixture.Model.Weights.Read);
        foreach ((string name, Func<Tensor, Tensor>? change) in changes)
        {
            if (change is null)
            {
                tensors.Remove(name);
            }
            else
            {
                tensors[name] = change(tensors[name]);
            }
        }

        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors);
        return ModelFolder.Open(folder);
    }
}

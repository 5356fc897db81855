using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Models;

/// <summary>A reference model of tests/Fixtures/models with its golden values.</summary>
internal sealed class GoldenModel : IDisposable
{
    private readonly ModelFolder _folder;
    private readonly GoldenFile _golden;

    public GoldenModel(string name, ScalarType dtype = ScalarType.Float32)
    {
        string folder = FixtureModels.At("models/" + name);
        _folder = ModelFolder.Open(folder);
        Decoder = Decoder.Load(_folder, CPU, dtype);
        _golden = new GoldenFile(Path.Combine(folder, "golden.safetensors"));
        Sequences = _golden.Sequences(string.Empty);
    }

    public Decoder Decoder { get; }

    /// <summary>The three golden sequences, without their padding.</summary>
    public IReadOnlyList<LabelledSequence> Sequences { get; }

    /// <summary>Positions of the padded golden tensors.</summary>
    public const int PaddedLength = 13;

    public float[] Golden(string name) => _golden.Values(name);

    public bool Has(string name) => _golden.Has(name);

    public void Dispose()
    {
        Decoder.Dispose();
        _folder.Dispose();
        _golden.Dispose();
    }
}

/// <summary>Numbers in a safetensors file of golden values.</summary>
internal sealed class GoldenFile(string path) : IDisposable
{
    private readonly SafetensorsFile _file = SafetensorsFile.Open(path);

    public bool Has(string name) => _file.Entries.ContainsKey(name);

    public float[] Values(string name)
    {
        using Tensor stored = _file.Read(name);
        return stored.data<float>().ToArray();
    }

    /// <summary>Right-padded input_ids and labels as sequences of their real lengths.</summary>
    public IReadOnlyList<LabelledSequence> Sequences(string prefix)
    {
        using Tensor ids = _file.Read(prefix + "input_ids");
        using Tensor labels = _file.Read(prefix + "labels");
        using Tensor mask = _file.Read(prefix + "attention_mask");
        int rows = (int)ids.shape[0], width = (int)ids.shape[1];
        long[] idValues = ids.data<long>().ToArray(), labelValues = labels.data<long>().ToArray(), maskValues = mask.data<long>().ToArray();
        return [.. Enumerable.Range(0, rows).Select(row =>
        {
            int length = (int)maskValues[(row * width)..((row + 1) * width)].Sum();
            int[] Part(long[] values) => [.. values.Skip(row * width).Take(length).Select(value => (int)value)];
            return new LabelledSequence(Part(idValues), Part(labelValues));
        })];
    }

    public void Dispose() => _file.Dispose();
}

using System.Text;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Errors;
using LoraUnlearn.Quantization;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Quantization;

/// <summary>A quantised checkpoint in memory, one literal tensor after the other.</summary>
internal sealed class StoredTensors : ITensorSource
{
    private readonly Dictionary<string, Func<Tensor>> _tensors = new(StringComparer.Ordinal);

    public string Description => "test.safetensors";

    public IEnumerable<string> Names => _tensors.Keys;

    public StoredTensors Bytes(string name, params byte[] values) => Add(name, () => tensor(values, ScalarType.Byte));

    public StoredTensors Numbers(string name, float[] values, params long[] shape) => Add(name, () => tensor(values, shape.Length == 0 ? [values.Length] : shape, ScalarType.Float32));

    public StoredTensors Words(string name, uint[] values, params long[] shape) => Add(name, () => tensor([.. values.Select(value => unchecked((int)value))], shape, ScalarType.Int32));

    public StoredTensors State(string module, string json, string code = "nf4") => Bytes($"{module}.weight.quant_state.bitsandbytes__{code}", Encoding.UTF8.GetBytes(json));

    public StoredTensors Add(string name, Func<Tensor> make)
    {
        _tensors[name] = make;
        return this;
    }

    public StoredTensors Without(string name)
    {
        Assert.True(_tensors.Remove(name));
        return this;
    }

    public bool Contains(string name) => _tensors.ContainsKey(name);

    public Tensor Read(string name) => _tensors.TryGetValue(name, out Func<Tensor>? make) ? make() : throw new InputException($"the tensor '{name}' is missing");

    /// <summary>The module "m", dequantised, row-major.</summary>
    public float[] Dequantise(string config, long rows, long columns)
    {
        using QuantisedMatrix matrix = Find(config, rows, columns) ?? throw new InvalidOperationException("not quantised");
        using Tensor weight = matrix.Dequantise(ScalarType.Float32);
        Assert.Equal([rows, columns], weight.shape);
        using Tensor contiguous = weight.contiguous();
        return contiguous.data<float>().ToArray();
    }

    public QuantisedMatrix? Find(string config, long rows, long columns) => new QuantisedTensors(this, Config(config)).Find("m", rows, columns);

    public static QuantisationConfig Config(string json) => QuantisationConfig.Read(ModelConfig.Parse($$"""{"quantization_config":{{json}}}""", "config.json"))!;
}

using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using TorchSharp;
using static LoraUnlearn.Torch.Scalars;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Finetuning;

/// <summary>
/// A checkpoint in float64, each tensor on its own and in one graph: what the library does in float32, block by block and on one
/// vector, is compared with this. Mean NLL written out with log_softmax; AdamW written out as its paper has it.
/// </summary>
internal sealed class PlainModel : ITensorSource, IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly DecoderSpec _spec;
    private readonly Dictionary<string, Tensor> _values;

    public PlainModel(ModelFolder folder)
    {
        _spec = ModelFamilies.Describe(folder.Config);
        _values = folder.Weights.Names.ToDictionary(name => name, name => folder.Weights.Read(name).to_type(ScalarType.Float64));
    }

    public string Description => "plain";

    public IEnumerable<string> Names => _values.Keys;

    public Tensor this[string name] => _values[name];

    public bool Contains(string name) => _values.ContainsKey(name);

    public Tensor Read(string name) => _values[name].clone();

    /// <summary>The loss with one tensor moved.</summary>
    public double Loss(IReadOnlyList<LabelledSequence> rows, string name, Tensor by)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor before = _values[name];
        _values[name] = before.Plus(by);
        using Decoder decoder = Decoder.Build(_spec, this, CPU, ScalarType.Float64);
        _values[name] = before;
        return Loss(decoder, rows).ToDouble();
    }

    /// <summary>Mean NLL over labelled tokens, row by row without padding.</summary>
    public static Tensor Loss(Decoder decoder, IReadOnlyList<LabelledSequence> rows)
    {
        Tensor sum = zeros([], ScalarType.Float64);
        foreach (LabelledSequence row in rows)
        {
            Tensor ids = tensor(row.InputIds.Select(id => (long)id).ToArray()).unsqueeze(0);
            using AttentionContext context = decoder.Begin(1, row.Length);
            Tensor hidden = decoder.Blocks.Aggregate(decoder.Embed(ids, context), (state, block) => block.Forward(state, context));
            Tensor log = decoder.Logits(decoder.FinalNorm(hidden)).log_softmax(1);
            for (int position = 1; position < row.Length; position++)
            {
                if (row.Labels[position] >= 0)
                {
                    sum = sum - log[position - 1][row.Labels[position]];
                }
            }
        }

        return sum / Held((double)rows.Sum(row => row.LabelledCount));
    }

    /// <summary>AdamW (arXiv 1711.05101) without decay, on gradients clipped to norm 1.</summary>
    public static void Adam(IReadOnlyList<Tensor> values, Func<IReadOnlyList<Tensor>> gradients, int steps, double rate)
    {
        Tensor[] m = [.. values.Select(value => zeros_like(value))], v = [.. values.Select(value => zeros_like(value))];
        for (int step = 1; step <= steps; step++)
        {
            IReadOnlyList<Tensor> found = gradients();
            using IDisposable noGrad = no_grad();
            double norm = Math.Sqrt(found.Sum(gradient => gradient.Squared().sum().ToDouble()));
            double clip = Math.Min(1, 1 / norm);
            for (int index = 0; index < values.Count; index++)
            {
                Tensor gradient = found[index] * Held(clip);
                m[index] = (m[index] * Held(0.9)).Plus(gradient * Held(0.1));
                v[index] = (v[index] * Held(0.999)).Plus(gradient.Squared() * Held(0.001));
                Tensor first = m[index] / Held(1 - Math.Pow(0.9, step)), second = v[index] / Held(1 - Math.Pow(0.999, step));
                values[index].sub_(first / second.sqrt().Plus(1e-8) * Held(rate));
            }
        }
    }

    /// <summary>Takes steps with every weight, in place.</summary>
    public void Train(IReadOnlyList<LabelledSequence> rows, int steps, double rate)
    {
        Handing source = new(this);
        using Decoder decoder = Decoder.Build(_spec, source, CPU, ScalarType.Float64);
        Dictionary<string, LinearMap> maps = decoder.Maps.ToDictionary(map => map.Name + ".weight");
        string[] names = [.. source.Handed.Keys];
        Tensor[] leaves = [.. names.Select(name => maps.TryGetValue(name, out LinearMap? map) ? map.WeightTransposed : source.Handed[name])];
        foreach (Tensor leaf in leaves)
        {
            leaf.requires_grad_(true);
        }

        Adam(leaves, () => [.. autograd.grad([Loss(decoder, rows)], leaves)], steps, rate);
        using IDisposable noGrad = no_grad();
        foreach (string name in names)
        {
            _values[name] = source.Handed[name].detach().clone();
        }
    }

    public void Dispose() => _scope.Dispose();

    private sealed class Handing(PlainModel model) : ITensorSource
    {
        public Dictionary<string, Tensor> Handed { get; } = [];

        public string Description => model.Description;

        public IEnumerable<string> Names => model.Names;

        public bool Contains(string name) => model.Contains(name);

        public Tensor Read(string name) => Handed[name] = model.Read(name);
    }
}

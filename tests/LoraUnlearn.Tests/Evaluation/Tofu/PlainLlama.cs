using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Evaluation.Tofu;

/// <summary>
/// A Llama model in float64, one sequence at a time, from the equations of Touvron et al. (arXiv 2302.13971) and nothing of the
/// library but the reading of the file: what likelihoods are compared with.
/// </summary>
internal sealed class PlainLlama : IDisposable
{
    private readonly Dictionary<string, Tensor> _weights = [];
    private readonly int _heads, _keyValueHeads, _layers;
    private readonly double _theta;

    public PlainLlama(string folder, int layers = 6, int heads = 8, int keyValueHeads = 4, double theta = 10000)
    {
        (_layers, _heads, _keyValueHeads, _theta) = (layers, heads, keyValueHeads, theta);
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        foreach (string name in file.Entries.Keys)
        {
            using Tensor stored = file.Read(name);
            _weights[name] = stored.to_type(ScalarType.Float64).DetachFromDisposeScope();
        }
    }

    /// <summary>The mean NLL, nats, of the tokens from a position on, each given all before it.</summary>
    public double Loss(int[] ids, int from)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        int t = ids.Length;
        Tensor x = _weights["model.embed_tokens.weight"].index_select(0, tensor(ids.Select(id => (long)id).ToArray())); // [t,d]
        for (int layer = 0; layer < _layers; layer++)
        {
            string block = $"model.layers.{layer}.";
            x = x + Attention(Norm(x, block + "input_layernorm"), block + "self_attn.", t);
            Tensor h = Norm(x, block + "post_attention_layernorm");
            Tensor gate = Linear(h, block + "mlp.gate_proj");
            x = x + Linear(gate * gate.sigmoid() * Linear(h, block + "mlp.up_proj"), block + "mlp.down_proj");
        }

        Tensor logits = Linear(Norm(x, "model.norm"), "lm_head"); // [t,v]
        double sum = 0;
        for (int position = from; position < t; position++)
        {
            double[] before = logits[position - 1].data<double>().ToArray();
            double largest = before.Max();
            sum += largest + Math.Log(before.Sum(logit => Math.Exp(logit - largest))) - before[ids[position]];
        }

        return sum / (t - from);
    }

    public void Dispose()
    {
        foreach (Tensor weight in _weights.Values)
        {
            weight.Dispose();
        }
    }

    private Tensor Linear(Tensor x, string module) => x.matmul(_weights[module + ".weight"].t());

    private Tensor Norm(Tensor x, string module) => x / ((x * x).mean([1], true) + 1e-5).sqrt() * _weights[module + ".weight"];

    private Tensor Attention(Tensor x, string module, int t)
    {
        Tensor query = Linear(x, module + "q_proj"), key = Linear(x, module + "k_proj"), value = Linear(x, module + "v_proj");
        long width = query.shape[1] / _heads;
        Tensor future = ones([t, t], ScalarType.Bool).triu(1);
        List<Tensor> mixed = [];
        for (int head = 0; head < _heads; head++)
        {
            int shared = head / (_heads / _keyValueHeads);
            Tensor q = Rotate(query.narrow(1, head * width, width)), k = Rotate(key.narrow(1, shared * width, width)); // [t,w]
            Tensor weights = (q.matmul(k.t()) / Math.Sqrt(width)).masked_fill(future, double.NegativeInfinity).softmax(1); // [t,t]
            mixed.Add(weights.matmul(value.narrow(1, shared * width, width)));
        }

        return Linear(cat(mixed, 1), module + "o_proj");
    }

    // Features j and j + w/2 of position p are turned by the angle p·θ^(−2j/w).
    private Tensor Rotate(Tensor x)
    {
        long half = x.shape[1] / 2;
        Tensor frequencies = tensor(Enumerable.Range(0, (int)half).Select(j => Math.Pow(_theta, -(double)j / half)).ToArray());
        Tensor angles = arange(x.shape[0], ScalarType.Float64).unsqueeze(1) * frequencies; // [t,w/2]
        Tensor first = x.narrow(1, 0, half), second = x.narrow(1, half, half);
        return cat([(first * angles.cos()) - (second * angles.sin()), (second * angles.cos()) + (first * angles.sin())], 1);
    }
}

using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>A frozen linear map y = x Wᵀ + bias inside a block, with room for a trainable low-rank change.</summary>
public sealed class LinearMap
{
    /// <summary>Wraps a weight.</summary>
    /// <param name="name">Module name as in the checkpoint, without ".weight".</param>
    /// <param name="weight">W [o,i], or its transpose [i,o] when <paramref name="transposed"/>.</param>
    /// <param name="bias">Bias [o], or null.</param>
    /// <param name="transposed">Whether the weight is stored [i,o] (Conv1D).</param>
    public LinearMap(string name, Tensor weight, Tensor? bias, bool transposed = false)
    {
        Name = name;
        IsTransposed = transposed;
        Stored = weight;
        Weight = transposed ? weight.t() : weight;
        WeightTransposed = transposed ? weight : weight.t();
        Bias = bias;
    }

    /// <summary>Module name as in the checkpoint, for example <c>model.layers.0.self_attn.q_proj</c>.</summary>
    public string Name { get; }

    /// <summary>W [o,i]. Never changed.</summary>
    public Tensor Weight { get; }

    /// <summary>The weight in the checkpoint's layout: [o,i], or [i,o] when <see cref="IsTransposed"/>.</summary>
    public Tensor Stored { get; }

    /// <summary>Wᵀ [i,o], a view.</summary>
    public Tensor WeightTransposed { get; }

    /// <summary>Bias [o], or null.</summary>
    public Tensor? Bias { get; }

    /// <summary>Whether the checkpoint stores the weight as [i,o].</summary>
    public bool IsTransposed { get; }

    /// <summary>Input width i.</summary>
    public long InputWidth => Weight.shape[1];

    /// <summary>Output width o.</summary>
    public long OutputWidth => Weight.shape[0];

    /// <summary>The change that the model carries already and that stays, such as an earlier adapter under one in training; or null.</summary>
    public ILinearDelta? Carried { get; set; }

    /// <summary>The low-rank change on this map, or null.</summary>
    public ILinearDelta? Delta { get; set; }

    /// <summary>y = x Wᵀ + bias (+ the changes), shown to the observer.</summary>
    /// <param name="input">x [n,i].</param>
    /// <param name="observer">Sees input and output, or null.</param>
    /// <returns>y [n,o].</returns>
    public Tensor Forward(Tensor input, ILinearObserver? observer)
    {
        Tensor output = Bias is null ? input.mm(WeightTransposed) : addmm(Bias, input, WeightTransposed, 1, 1); // [n,o]
        if (Carried is { } carried)
        {
            output = carried.AddTo(output, input);
        }

        if (Delta is { } delta)
        {
            output = delta.AddTo(output, input);
        }

        observer?.Observe(this, input, output);
        return output;
    }
}

/// <summary>A change of a linear map: y becomes y + Δ(x).</summary>
public interface ILinearDelta
{
    /// <summary>Adds the change; may reuse the memory of <paramref name="output"/>.</summary>
    /// <param name="output">y [n,o] of the frozen map.</param>
    /// <param name="input">x [n,i].</param>
    /// <returns>y + Δ(x) [n,o].</returns>
    Tensor AddTo(Tensor output, Tensor input);
}

/// <summary>Sees every linear map of a block as it is applied.</summary>
public interface ILinearObserver
{
    /// <summary>Called once for each application, in the order of the computation.</summary>
    /// <param name="map">The map.</param>
    /// <param name="input">x [n,i]; kept alive by the caller until its dispose scope ends.</param>
    /// <param name="output">y [n,o].</param>
    void Observe(LinearMap map, Tensor input, Tensor output);
}

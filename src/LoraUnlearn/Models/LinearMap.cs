using LoraUnlearn.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>A frozen linear map y = x Wᵀ + bias inside a block, with room for a trainable low-rank change.</summary>
public sealed class LinearMap
{
    private readonly Tensor? _stored;
    private readonly Tensor? _weight;
    private readonly Tensor? _weightTransposed;

    /// <summary>Wraps a weight.</summary>
    /// <param name="name">Module name as in the checkpoint, without ".weight".</param>
    /// <param name="weight">W [o,i], or its transpose [i,o] when <paramref name="transposed"/>.</param>
    /// <param name="bias">Bias [o], or null.</param>
    /// <param name="transposed">Whether the weight is stored [i,o] (Conv1D).</param>
    public LinearMap(string name, Tensor weight, Tensor? bias, bool transposed = false)
    {
        Name = name;
        IsTransposed = transposed;
        _stored = weight;
        _weight = transposed ? weight.t() : weight;
        _weightTransposed = transposed ? weight : weight.t();
        (OutputWidth, InputWidth) = (_weight.shape[0], _weight.shape[1]);
        Bias = bias;
    }

    /// <summary>Wraps a weight that is held in a few bits an entry, and dequantised whenever it is used.</summary>
    /// <param name="name">Module name as in the checkpoint, without ".weight".</param>
    /// <param name="matrix">W [o,i]; it stays the caller's.</param>
    /// <param name="bias">Bias [o], or null.</param>
    /// <param name="transposed">Whether the checkpoint's unquantised weights are [i,o].</param>
    public LinearMap(string name, QuantisedMatrix matrix, Tensor? bias, bool transposed = false)
    {
        Name = name;
        IsTransposed = transposed;
        Quantised = matrix;
        (OutputWidth, InputWidth) = (matrix.Rows, matrix.Columns);
        Bias = bias;
    }

    /// <summary>Module name as in the checkpoint, for example <c>model.layers.0.self_attn.q_proj</c>.</summary>
    public string Name { get; }

    /// <summary>The weight where it is held in a few bits an entry; null where it is a tensor.</summary>
    public QuantisedMatrix? Quantised { get; }

    /// <summary>W [o,i]. Never changed.</summary>
    /// <exception cref="InvalidOperationException">It is quantised; see <see cref="CopyWeight"/>.</exception>
    public Tensor Weight => _weight ?? throw Absent();

    /// <summary>The weight in the checkpoint's layout: [o,i], or [i,o] when <see cref="IsTransposed"/>.</summary>
    /// <exception cref="InvalidOperationException">It is quantised.</exception>
    public Tensor Stored => _stored ?? throw Absent();

    /// <summary>Wᵀ [i,o], a view.</summary>
    /// <exception cref="InvalidOperationException">It is quantised.</exception>
    public Tensor WeightTransposed => _weightTransposed ?? throw Absent();

    /// <summary>Bias [o], or null.</summary>
    public Tensor? Bias { get; }

    /// <summary>Whether the checkpoint stores the weight as [i,o].</summary>
    public bool IsTransposed { get; }

    /// <summary>Input width i.</summary>
    public long InputWidth { get; }

    /// <summary>Output width o.</summary>
    public long OutputWidth { get; }

    /// <summary>Reads the weight [o,i] as it was before it was quantised; null where it was not, or nobody knows. The caller disposes it.</summary>
    public Func<Tensor>? ReadOriginal { get; init; }

    /// <summary>The weight in some type, dequantised where it is quantised.</summary>
    /// <param name="dtype">A floating-point type.</param>
    /// <returns>W [o,i] in the caller's dispose scope; not to be changed.</returns>
    public Tensor CopyWeight(ScalarType dtype) => Quantised is { } matrix ? matrix.Dequantise(dtype) : Weight.to_type(dtype);

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
        Tensor output = Quantised is { } matrix ? QuantisedProduct.Apply(input, matrix, Bias)
            : Bias is null ? input.mm(WeightTransposed) : addmm(Bias, input, WeightTransposed, 1, 1); // [n,o]
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

    private InvalidOperationException Absent() => new($"The weight of {Name} is quantised; ask for a copy of it.");
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

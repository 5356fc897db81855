using static TorchSharp.torch;

namespace LoraUnlearn.Optimization;

/// <summary>
/// The factor that keeps gradients inside float16's range, whose smallest number is 6e-8 (Micikevicius et al. 2018, arXiv 1710.03740
/// §3.2): losses are multiplied by it and gradients divided again. It halves whenever a gradient overflows, and doubles after many
/// that did not.
/// </summary>
public sealed class LossScale
{
    private const double First = 1 << 16;
    private const double Largest = 1 << 24;
    private const int StepsToDouble = 200;

    private const string FactorKey = "loss_scale";
    private const string StepsKey = "loss_scale_steps";
    private const string OverflowsKey = "loss_scale_overflows";

    private int _steps; // since the last change

    /// <summary>The factor, a power of two.</summary>
    public double Factor { get; private set; } = First;

    /// <summary>How many gradients overflowed and were computed again, over the whole run.</summary>
    public int Overflows { get; private set; }

    /// <summary>The numbers that a run must keep to be continued: factor, finite gradients since it changed, overflows.</summary>
    public IReadOnlyDictionary<string, double> State =>
        new Dictionary<string, double> { [FactorKey] = Factor, [StepsKey] = _steps, [OverflowsKey] = Overflows };

    /// <summary>The scale for a type of weights and activations.</summary>
    /// <param name="dtype">The type.</param>
    /// <returns>Null where the type's range is float32's.</returns>
    public static LossScale? For(ScalarType dtype) => dtype == ScalarType.Float16 ? new LossScale() : null;

    /// <summary>Takes up <see cref="State"/> again.</summary>
    /// <param name="state">What was kept.</param>
    public void Restore(IReadOnlyDictionary<string, double> state)
    {
        Factor = state.GetValueOrDefault(FactorKey, First);
        _steps = (int)state.GetValueOrDefault(StepsKey);
        Overflows = (int)state.GetValueOrDefault(OverflowsKey);
    }

    /// <summary>Told of a finite gradient: after enough of them the factor doubles.</summary>
    public void Accept()
    {
        if (++_steps >= StepsToDouble && Factor < Largest)
        {
            Factor *= 2;
            _steps = 0;
        }
    }

    /// <summary>Told of a gradient that is not finite: the factor halves.</summary>
    /// <returns>Whether a smaller factor is left to try.</returns>
    public bool Reduce()
    {
        Overflows++;
        _steps = 0;
        if (Factor <= 1)
        {
            return false;
        }

        Factor /= 2;
        return true;
    }
}

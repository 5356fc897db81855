using LoraUnlearn.Data;
using LoraUnlearn.Head;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Objectives;

/// <summary>Compares an objective's gradient by the hidden states with central differences, all in float64.</summary>
internal static class ObjectiveGradients
{
    private const double Step = 1e-5;

    /// <summary>Three sequences of 4, 3 and 2 scored tokens.</summary>
    public static readonly LabelledSequence[] Sequences =
    [
        new([1, 2, 3, 4, 5], [-100, 2, 3, 4, 5]),
        new([6, 7, 8, 9, 1], [-100, -100, 8, 9, 1]),
        new([2, 4, 6, 8, 10], [-100, -100, -100, 8, 10]),
    ];

    /// <summary>The largest difference, relative to the largest gradient entry.</summary>
    public static double RelativeError(Func<Decoder, Tensor, HeadResult> evaluate, TinyModel? model = null, int count = 9) =>
        RelativeError(evaluate, (decoder, _) => moved => evaluate(decoder, moved).Loss, model, count);

    /// <summary>
    /// The same where the loss to difference is another one, for example with weights that are held at their values for the
    /// rows at hand: <paramref name="frozen"/> makes it from them.
    /// </summary>
    public static double RelativeError(
        Func<Decoder, Tensor, HeadResult> evaluate,
        Func<Decoder, Tensor, Func<Tensor, Tensor>> frozen,
        TinyModel? model = null,
        int count = 9)
    {
        using DisposeScope scope = NewDisposeScope();
        using Decoder decoder = (model ?? new TinyModel()).Build();
        using Generator generator = new(11);
        Tensor rows = randn([count, decoder.Spec.Width], ScalarType.Float64, generator: generator);
        Tensor gradient = evaluate(decoder, rows).Gradient!;
        Func<Tensor, Tensor> loss = frozen(decoder, rows);
        Tensor numeric = zeros_like(rows);
        for (long row = 0; row < rows.shape[0]; row++)
        {
            for (long column = 0; column < rows.shape[1]; column++)
            {
                using DisposeScope entry = NewDisposeScope();
                numeric[row, column] = (Shifted(Step) - Shifted(-Step)) / (2 * Step);
                Tensor Shifted(double by)
                {
                    Tensor moved = rows.clone();
                    moved[row, column] = moved[row, column] + by;
                    return loss(moved).to_type(ScalarType.Float64);
                }
            }
        }

        return ((gradient - numeric).abs().max() / numeric.abs().max()).ToDouble();
    }

    /// <summary>log p of every token of the vocabulary [n,v], the plain way.</summary>
    public static Tensor LogProbabilities(Decoder decoder, Tensor rows) => decoder.Logits(decoder.FinalNorm(rows)).log_softmax(1);

    /// <summary>The scored positions of <see cref="Sequences"/>.</summary>
    public static ScoredPositions Positions() => ScoredPositions.Of(Sequences, 5, CPU);
}

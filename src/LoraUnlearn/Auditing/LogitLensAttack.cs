using LoraUnlearn.Data;
using LoraUnlearn.Head;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Auditing;

/// <summary>
/// Reads the true answers out of every hidden state with the model's own final norm and head (logit lens, nostalgebraist 2020): an
/// answer that is suppressed only at the end shows in the middle.
/// </summary>
public sealed class LogitLensAttack : IAttack
{
    /// <inheritdoc/>
    public string Name => "lens";

    /// <inheritdoc/>
    public string Summary => "the true answer read out of every layer with the final norm and head";

    /// <inheritdoc/>
    public string? Lacks(AuditCase audit) => null;

    /// <inheritdoc/>
    public AttackResult Run(AuditCase audit)
    {
        audit.Begin("models", 3);
        double[] before = Probabilities(audit, audit.Unlearned.Decoder);
        audit.Advance(1, 3);
        double[] after;
        using (audit.Unlearned.Put())
        {
            after = Probabilities(audit, audit.Unlearned.Decoder);
        }

        audit.Advance(2, 3);
        double[]? reference = audit.Reference is { } model ? Probabilities(audit, model.Decoder) : null;
        audit.Advance(3, 3);
        double[] layers = [.. Enumerable.Range(0, after.Length).Select(layer => (double)layer)];
        List<AuditCurve> curves = [new("unlearned", layers, after), new("base", layers, before)];
        if (reference is not null)
        {
            curves.Add(new AuditCurve("retain-only", [.. Enumerable.Range(0, reference.Length).Select(layer => (double)layer)], reference));
        }

        int most = Array.IndexOf(after, after.Max());
        double? baseline = reference?.Max();
        return new AttackResult(
            Name,
            "The probability of the true answers' tokens was read out of every layer with the model's own final norm and head.",
            "layers passed",
            curves,
            $"The most is read after {most} of {after.Length - 1} layers: probability {Wording.Of(after[most])} ({Wording.Of(after[^1])} at the output, {Wording.Of(before.Max())} at the most without the adapter){Wording.Against(baseline)}.",
            "probability",
            after[most],
            baseline);
    }

    /// <summary>Mean over rows of exp(−NLL/|y|), read out of each hidden state from the embedding to the last.</summary>
    /// <param name="audit">Rows and settings.</param>
    /// <param name="decoder">A model as it is.</param>
    internal static double[] Probabilities(AuditCase audit, Decoder decoder)
    {
        double[] sums = new double[decoder.Blocks.Count + 1];
        LabelledSequence[] all = [.. audit.Forget.Select(row => row.Sequence)];
        foreach (int[] rows in LengthSortedBatches.Of(all, audit.Options.TokensPerBatch))
        {
            audit.Cancellation.ThrowIfCancellationRequested();
            Add(decoder, [.. rows.Select(row => all[row])], sums);
        }

        return [.. sums.Select(sum => sum / all.Length)];
    }

    // One pass: every state is scored before the next takes its place.
    private static void Add(Decoder decoder, LabelledSequence[] sequences, double[] sums)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Batch batch = Batch.Create(sequences, decoder.Device);
        using ScoredPositions positions = ScoredPositions.Of(sequences, batch.MaxLength, decoder.Device);
        using AttentionContext context = decoder.Begin(batch.InputIds.shape[0], batch.InputIds.shape[1]);
        Tensor hidden = decoder.Embed(batch.InputIds, context); // [b·t,d]
        for (int layer = 0; ; layer++)
        {
            using (NewDisposeScope())
            {
                Tensor scores = OutputHead.Score(decoder, hidden.index_select(0, positions.Rows), positions.Labels).LogProbability;
                sums[layer] += (positions.SumBySequence(scores) / positions.Lengths.clamp_min(Held(1))).exp().sum().Number();
            }

            if (layer == decoder.Blocks.Count)
            {
                return;
            }

            Tensor next = decoder.Blocks[layer].Forward(hidden, context);
            hidden.Dispose();
            hidden = next;
        }
    }
}

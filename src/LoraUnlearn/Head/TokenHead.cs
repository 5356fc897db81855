using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Head;

/// <summary>
/// The output head for losses that depend on log p_y and the runner-up r only. Their gradient by the logits needs no graph:
/// with g_y, g_r the derivatives by log p_y and log p_r, dL/dz = g_y·onehot(y) + g_r·onehot(r) − (g_y + g_r)·p.
/// </summary>
internal sealed class TokenHead : IDisposable
{
    // Probabilities of earlier chunks are kept for the backward pass up to this many floats; beyond, chunks are recomputed.
    private const long FloatsKept = 48L << 20;

    private readonly IReadOnlyList<(long Start, long Length)> _chunks;
    private readonly Decoder _decoder;
    private readonly Tensor _labels; // [n,1]
    private readonly FinalNormGraph _norm;
    private readonly Dictionary<long, Tensor> _kept = []; // probabilities [c,v] by chunk start
    private readonly Tensor? _runnerUpToken; // [n,1]

    public TokenHead(Decoder decoder, Tensor rows, Tensor labels, bool runnerUp, bool differentiate = true)
    {
        _decoder = decoder;
        _norm = new FinalNormGraph(decoder, rows);
        _chunks = LogitChunks.Of(rows.shape[0], decoder.Spec.VocabularySize);
        bool keep = differentiate && rows.shape[0] * decoder.Spec.VocabularySize <= FloatsKept;
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _labels = labels.unsqueeze(1).DetachFromDisposeScope();
        List<Tensor> logProbabilities = [], runnerUps = [], tokens = [];
        foreach ((long start, long length) in _chunks)
        {
            using DisposeScope chunk = NewDisposeScope();
            Tensor label = _labels.narrow(0, start, length); // [c,1]
            (Tensor probability, Tensor own, Tensor logNormaliser) = Probabilities(start, length, label); // [c,v], [c,1], [c,1]
            logProbabilities.Add(own.sub_(logNormaliser).squeeze(1).MoveToOuterDisposeScope());
            if (runnerUp)
            {
                Tensor ownProbability = probability.gather(1, label); // [c,1]
                probability.scatter_(1, label, zeros_like(ownProbability));
                (Tensor value, Tensor token) = probability.max(1, true); // [c,1]
                probability.scatter_(1, label, ownProbability);
                runnerUps.Add(value.clamp_min_(Held(1e-38)).log_().squeeze(1).MoveToOuterDisposeScope());
                tokens.Add(token.MoveToOuterDisposeScope());
            }

            if (keep)
            {
                _kept[start] = probability.DetachFromDisposeScope();
            }
        }

        LogProbability = cat(logProbabilities, 0).DetachFromDisposeScope();
        RunnerUpLogProbability = runnerUp ? cat(runnerUps, 0).DetachFromDisposeScope() : null;
        _runnerUpToken = runnerUp ? cat(tokens, 0).DetachFromDisposeScope() : null;
    }

    /// <summary>log p_y [n].</summary>
    public Tensor LogProbability { get; }

    /// <summary>log p of the runner-up [n], or null.</summary>
    public Tensor? RunnerUpLogProbability { get; }

    /// <summary>The gradient by the hidden states before the final norm; the kept probabilities are used up.</summary>
    /// <param name="byLabel">g_y [n].</param>
    /// <param name="byRunnerUp">g_r [n], or null.</param>
    /// <returns>[n,d].</returns>
    public Tensor Backward(Tensor byLabel, Tensor? byRunnerUp)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> gradients = [];
        foreach ((long start, long length) in _chunks)
        {
            using DisposeScope chunk = NewDisposeScope();
            Tensor label = _labels.narrow(0, start, length); // [c,1]
            Tensor own = byLabel.narrow(0, start, length).unsqueeze(1); // [c,1]
            Tensor? other = byRunnerUp?.narrow(0, start, length).unsqueeze(1);
            Tensor gradient = Take(start, length, label); // p [c,v], overwritten below
            Tensor? curvature = SoftCapDerivative(start, length);
            gradient.mul_((other is null ? own : own.Plus(other)).neg());
            gradient.scatter_add_(1, label, own);
            if (other is not null)
            {
                gradient.scatter_add_(1, _runnerUpToken!.narrow(0, start, length), other);
            }

            if (curvature is not null)
            {
                gradient.mul_(curvature);
            }

            gradients.Add(gradient.to_type(_decoder.Dtype).mm(_decoder.HeadWeight).MoveToOuterDisposeScope()); // [c,d]
        }

        Tensor normalised = cat(gradients, 0);
        return _norm.Backward(normalised).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (Tensor kept in _kept.Values)
        {
            kept.Dispose();
        }

        _norm.Dispose();
        _labels.Dispose();
        _runnerUpToken?.Dispose();
        LogProbability.Dispose();
        RunnerUpLogProbability?.Dispose();
    }

    private Tensor Take(long start, long length, Tensor label) =>
        _kept.Remove(start, out Tensor? kept)
            ? CurrentScope(kept)
            : Probabilities(start, length, label).Probability;

    private static Tensor CurrentScope(Tensor tensor)
    {
        Tensor alias = tensor.alias();
        tensor.Dispose();
        return alias;
    }

    // libtorch's softmax takes one pass where its parts take five. log Σ exp z = max z − log max p.
    private (Tensor Probability, Tensor OwnLogit, Tensor LogNormaliser) Probabilities(long start, long length, Tensor label)
    {
        Tensor logits = _decoder.Logits(_norm.Normalised.narrow(0, start, length)); // [c,v]
        Tensor own = logits.gather(1, label); // [c,1]
        Tensor largest = logits.amax([1], true); // [c,1]
        Tensor probability = logits.softmax(1); // [c,v]
        logits.Dispose();
        Tensor logNormaliser = probability.amax([1], true).log_().neg_().Increase(largest); // [c,1]
        return (probability, own, logNormaliser);
    }

    // d(c·tanh(z/c))/dz = 1 − (logit/c)², where the head caps its logits.
    private Tensor? SoftCapDerivative(long start, long length)
    {
        if (_decoder.Spec.LogitSoftCap is not { } cap)
        {
            return null;
        }

        Tensor capped = _decoder.Logits(_norm.Normalised.narrow(0, start, length));
        return capped.div_(Held(cap)).Squared().neg_().Increase(1);
    }
}

using LoraUnlearn.Data;
using LoraUnlearn.Initialization;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Training;

/// <summary>
/// Memory and arithmetic of a run, counted from the shapes. Arithmetic: 2 operations a weight and position forward, as many for the
/// gradient of the inputs, as many again where blocks are recomputed; the base's weights have no gradient. Not counted: reading, the
/// initialisation's decompositions, and what an operation costs beyond its arithmetic, which small models spend most of their time on.
/// </summary>
public sealed record WorkEstimate
{
    private const int LogitCopies = 3; // logits, their softmax, and its gradient
    private const long LogitsKept = 48L << 20; // the output head goes through more of them in chunks
    private const int AdapterCopies = 6; // A and B, those of the start, the gradient, AdamW's two moments, the best so far

    /// <summary>Parameters of the base model.</summary>
    public required long Parameters { get; init; }

    /// <summary>Trained parameters.</summary>
    public required long AdapterParameters { get; init; }

    /// <summary>Bytes of the base model's weights as they are held.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Bytes of the adapter and of the optimiser's state.</summary>
    public required long AdapterBytes { get; init; }

    /// <summary>Bytes of the largest micro-batch's activations.</summary>
    public required long ActivationBytes { get; init; }

    /// <summary>Bytes of the largest micro-batch's logits.</summary>
    public required long LogitBytes { get; init; }

    /// <summary>All of them; the program and libtorch take some 0.4 GB on top.</summary>
    public long Bytes => WeightBytes + AdapterBytes + ActivationBytes + LogitBytes;

    /// <summary>Floating-point operations of the whole run.</summary>
    public required double Operations { get; init; }

    internal static WorkEstimate Of(
        UnlearningRequest request, UnlearningRecipe recipe, DecoderSpec spec, long adapterParameters, StepBatches batches, int micros, bool recomputes, EncodedData forget, EncodedData? retain, long weightBytes)
    {
        long all = 0, blocks = 0, head = spec.VocabularySize * (spec.EmbeddingWidth ?? spec.Width);
        string embedding = spec.Names.Embedding + ".weight", output = spec.Names.Head + ".weight";
        foreach (DecoderTensor tensor in DecoderTensors.Of(spec))
        {
            long size = tensor.Shape.Aggregate(1L, (product, next) => product * next);
            all += size;
            blocks += tensor.Shape.Count == 2 && tensor.Name != embedding && tensor.Name != output ? size : 0;
        }

        int bytes = ActivationMemory.BytesOf(request.Compute.Dtype);
        long positions = (long)batches.Rows * batches.Longest, kept = ActivationMemory.Estimate(spec, batches.Rows, batches.Longest, bytes);
        double scored = (double)(forget.ScoredTokens + (retain?.ScoredTokens ?? 0)) / Math.Max(1, forget.Tokens + (retain?.Tokens ?? 0));
        Passes passes = new(blocks, head * scored, adapterParameters, spec);
        return new WorkEstimate
        {
            Parameters = all,
            AdapterParameters = adapterParameters,
            WeightBytes = weightBytes,
            AdapterBytes = adapterParameters * AdapterCopies * sizeof(float),
            ActivationBytes = recomputes ? (kept / spec.Layers) + (spec.Layers * positions * spec.Width * bytes) : kept,
            LogitBytes = Math.Min((long)(positions * scored) * spec.VocabularySize, LogitsKept) * LogitCopies * sizeof(float),
            Operations = Train(recipe, passes, batches, micros, recomputes) + Reference(recipe, passes, forget, retain)
                + Fisher(request, passes, forget, retain) + Evaluate(request, passes, forget, retain),
        };
    }

    private static double Train(UnlearningRecipe recipe, Passes passes, StepBatches batches, int micros, bool recomputes)
    {
        ObjectiveNeeds needs = recipe.Forget.Needs | (recipe.Retain?.Needs ?? ObjectiveNeeds.None);
        bool asks = (needs & (ObjectiveNeeds.ReferenceLogits | ObjectiveNeeds.ReferenceHidden)) != 0;
        return micros * batches.PositionsPerBatch(micros) * (passes.Trained(batches.Longest, recomputes) + (asks ? passes.Forward(batches.Longest) : 0));
    }

    // Probabilities under the base are computed once.
    private static double Reference(UnlearningRecipe recipe, Passes passes, EncodedData forget, EncodedData? retain)
    {
        double tokens = recipe.Forget.Needs.HasFlag(ObjectiveNeeds.ReferenceLogProbabilities) ? forget.Tokens : 0;
        tokens += recipe.Retain?.Needs.HasFlag(ObjectiveNeeds.ReferenceLogProbabilities) == true ? retain!.Tokens : 0;
        return tokens * passes.Forward(Mean(forget));
    }

    // Forward, the gradient of the inputs, and that of the weights, row by row.
    private static double Fisher(UnlearningRequest request, Passes passes, EncodedData forget, EncodedData? retain)
    {
        double Sampled(EncodedData? data) => data is null ? 0 : data.Tokens * (request.FisherRows == 0 ? 1 : Math.Min(1, (double)request.FisherRows / data.Examples.Count));
        return AdapterInitialisation.NeedsFisher(request.Initialisation) ? (Sampled(forget) + Sampled(retain)) * 3 * passes.Forward(Mean(forget)) : 0;
    }

    private static double Evaluate(UnlearningRequest request, Passes passes, EncodedData forget, EncodedData? retain)
    {
        double Scored(EncodedData? data) => data is null ? 0 : Mean(data) * Math.Min(request.EvaluationRows, data.Examples.Count);
        return 2 * (Scored(forget) + Scored(retain)) * passes.Forward(Mean(forget));
    }

    private static double Mean(EncodedData data) => (double)data.Tokens / data.Examples.Count;

    // Operations of one position.
    private sealed record Passes(double Blocks, double Head, double Adapter, DecoderSpec Spec)
    {
        public double Forward(double length) => 2 * (Blocks + Head + (2.0 * Spec.Layers * Spec.Heads * Spec.HeadWidth * length));

        public double Trained(double length, bool recomputes) => (Forward(length) * (recomputes ? 3 : 2)) + (6 * Adapter);
    }
}

using LoraUnlearn.Data;
using LoraUnlearn.Fisher;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Fisher;

/// <summary>Runs one Fisher task over one batch, with the gradient of the hidden states taken by one graph through the head.</summary>
internal static class SummedNllPass
{
    public static void Differentiate(Decoder decoder, IReadOnlyList<LabelledSequence> sequences, FisherTask task)
    {
        using DisposeScope scope = NewDisposeScope();
        using Batch batch = Batch.Create(sequences, CPU);
        using ScoredPositions positions = ScoredPositions.Of(sequences, batch.MaxLength, CPU);
        task.Batch = sequences.Count;
        using BlockwisePass pass = new(decoder, batch.InputIds, task, checkpoint: false);
        Tensor hidden = pass.Hidden.detach().requires_grad_(true);
        Tensor logits = decoder.Logits(decoder.FinalNorm(hidden.index_select(0, positions.Rows)));
        Tensor own = logits.gather(1, positions.Labels.unsqueeze(1)).squeeze(1);
        Tensor gradient = autograd.grad([(logits.logsumexp(1) - own).sum()], [hidden])[0];
        pass.Backward(new Dictionary<int, Tensor> { [pass.Layers] = gradient });
    }
}

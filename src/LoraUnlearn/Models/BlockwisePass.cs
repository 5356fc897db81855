using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>
/// What a <see cref="BlockwisePass"/> differentiates in each block: adapter parameters, or the outputs of linear maps that an
/// observer has recorded.
/// </summary>
public interface IBlockTask
{
    /// <summary>The lowest block with anything to differentiate; nothing below it is recorded or differentiated.</summary>
    int LowestBlock { get; }

    /// <summary>Whether the gradient by the input of the lowest block is wanted too, as for the embedding below it.</summary>
    bool WantsLowestInput => false;

    /// <summary>The observer of a block's recorded forward pass, or null.</summary>
    /// <param name="block">Block number.</param>
    ILinearObserver? ObserverFor(int block);

    /// <summary>The tensors of a block to differentiate by, once its forward pass has been recorded.</summary>
    /// <param name="block">Block number.</param>
    IReadOnlyList<Tensor> Inputs(int block);

    /// <summary>Takes the gradients; they are disposed after the call.</summary>
    /// <param name="block">Block number.</param>
    /// <param name="gradients">One for each of <see cref="Inputs"/>.</param>
    void Receive(int block, IReadOnlyList<Tensor> gradients);
}

/// <summary>
/// A forward pass that can be differentiated block by block. With checkpointing only the blocks' inputs are kept and each
/// block is recomputed when its turn comes; without, each block keeps its own graph. Base weights never get a gradient.
/// </summary>
public sealed class BlockwisePass : IDisposable
{
    private readonly bool _checkpoint;
    private readonly AttentionContext _context;
    private readonly Decoder _decoder;
    private readonly int _lowest;
    private readonly Tensor?[] _inputs; // by block, leaves [b·t,d]
    private readonly Tensor?[] _outputs; // by block, with graph; only without checkpointing
    private readonly IBlockTask _task;

    /// <summary>Runs the forward pass.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="inputIds">Token ids [b,t] on the model's device.</param>
    /// <param name="task">What will be differentiated.</param>
    /// <param name="checkpoint">Whether to keep only the blocks' inputs and recompute.</param>
    /// <param name="layers">Blocks to run; all by default.</param>
    public BlockwisePass(Decoder decoder, Tensor inputIds, IBlockTask task, bool checkpoint, int? layers = null)
    {
        _decoder = decoder;
        _task = task;
        _checkpoint = checkpoint;
        Layers = layers ?? decoder.Blocks.Count;
        _lowest = Math.Min(task.LowestBlock, Layers);
        _inputs = new Tensor?[Layers];
        _outputs = new Tensor?[Layers];
        _context = decoder.Begin(inputIds.shape[0], inputIds.shape[1]);
        try
        {
            Hidden = Forward(inputIds);
        }
        catch
        {
            DisposeStates();
            throw;
        }
    }

    /// <summary>Hidden states after the last block that was run, before the final norm [b·t,d]; no graph.</summary>
    public Tensor Hidden { get; }

    /// <summary>Blocks that were run.</summary>
    public int Layers { get; }

    /// <summary>Hidden state number <paramref name="index"/>: the input of that block, or <see cref="Hidden"/> for the last.</summary>
    /// <param name="index">From the lowest differentiated block up to <see cref="Layers"/>.</param>
    public Tensor State(int index) =>
        index == Layers ? Hidden : _inputs[index] ?? throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>Differentiates from the last block down and hands each block's gradients to the task. May be called once.</summary>
    /// <param name="gradients">Gradient of the loss by hidden state number, each [b·t,d].</param>
    /// <returns>The gradient by the input of the lowest block [b·t,d] where the task wants it, which the caller disposes; otherwise null.</returns>
    public Tensor? Backward(IReadOnlyDictionary<int, Tensor> gradients)
    {
        Tensor? incoming = gradients.TryGetValue(Layers, out Tensor? last) ? last.alias().DetachFromDisposeScope() : null;
        try
        {
            for (int block = Layers - 1; block >= _lowest; block--)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor? outgoing = null;
                if (incoming is not null)
                {
                    outgoing = BackwardThrough(block, incoming);
                    incoming.Dispose();
                }

                _inputs[block]!.Dispose();
                _outputs[block]?.Dispose();
                if (block > _lowest && gradients.TryGetValue(block, out Tensor? injected))
                {
                    outgoing = outgoing is null ? injected.alias() : outgoing.Increase(injected);
                }

                incoming = outgoing?.DetachFromDisposeScope();
            }

            Tensor? lowest = incoming;
            incoming = null;
            return lowest;
        }
        finally
        {
            incoming?.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        DisposeStates();
        Hidden.Dispose();
    }

    private Tensor Forward(Tensor inputIds)
    {
        Tensor hidden;
        using (no_grad())
        {
            hidden = _decoder.Embed(inputIds, _context);
            for (int block = 0; block < _lowest; block++)
            {
                Tensor next = _decoder.Blocks[block].Forward(hidden, _context);
                hidden.Dispose();
                hidden = next;
            }
        }

        for (int block = _lowest; block < Layers; block++)
        {
            _inputs[block] = hidden.DetachFromDisposeScope();
            hidden = _checkpoint ? WithoutGraph(block) : WithGraph(block);
        }

        return hidden.DetachFromDisposeScope();
    }

    private void DisposeStates()
    {
        foreach (Tensor? tensor in _inputs.Concat(_outputs))
        {
            tensor?.Dispose();
        }

        _context.Dispose();
    }

    private Tensor? BackwardThrough(int block, Tensor incoming)
    {
        if (_checkpoint)
        {
            WithGraph(block).Dispose();
        }

        bool needsInput = block > _lowest || _task.WantsLowestInput;
        IReadOnlyList<Tensor> wanted = _task.Inputs(block);
        List<Tensor> by = needsInput ? [_inputs[block]!, .. wanted] : [.. wanted];
        IList<Tensor> found = autograd.grad([_outputs[block]!], by, [incoming]);
        _task.Receive(block, needsInput ? [.. found.Skip(1)] : [.. found]);
        return needsInput ? found[0] : null;
    }

    private Tensor WithoutGraph(int block)
    {
        using IDisposable noGrad = no_grad();
        return _decoder.Blocks[block].Forward(_inputs[block]!, _context);
    }

    // Records the block and returns its output without the graph; the recorded output stays in _outputs.
    private Tensor WithGraph(int block)
    {
        using IDisposable grad = enable_grad();
        Tensor input = _inputs[block]!.requires_grad_(true);
        Tensor output = _decoder.Blocks[block].Forward(input, _context, _task.ObserverFor(block));
        _outputs[block] = output.DetachFromDisposeScope();
        return output.detach();
    }
}

using TorchSharp;

namespace LoraUnlearn.Checkpoints;

/// <summary>Tensors by name, wherever they come from: a checkpoint on disk, or memory.</summary>
public interface ITensorSource
{
    /// <summary>Where the tensors come from, for messages.</summary>
    string Description { get; }

    /// <summary>The names of all tensors; empty where the source cannot say.</summary>
    IEnumerable<string> Names => [];

    /// <summary>Whether there is a tensor of this name.</summary>
    /// <param name="name">Full tensor name, for example <c>model.norm.weight</c>.</param>
    bool Contains(string name);

    /// <summary>Reads a tensor; the caller disposes it.</summary>
    /// <param name="name">Full tensor name.</param>
    /// <exception cref="InputException">There is no such tensor.</exception>
    torch.Tensor Read(string name);
}

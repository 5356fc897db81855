using static TorchSharp.torch;

namespace LoraUnlearn.Checkpoints;

/// <summary>What a tensor will be, said before its values exist: a file's header is written before its data.</summary>
/// <param name="Name">The tensor's name in the file.</param>
/// <param name="DType">Its type in the file.</param>
/// <param name="Shape">Its sizes; empty for a scalar.</param>
public sealed record TensorDeclaration(string Name, ScalarType DType, long[] Shape);

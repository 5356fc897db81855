using System.Runtime.CompilerServices;

// Arguments cross the border as they are.
[assembly: DisableRuntimeMarshalling]
[assembly: InternalsVisibleTo("TorchSharp.Libtorch.Tests")]

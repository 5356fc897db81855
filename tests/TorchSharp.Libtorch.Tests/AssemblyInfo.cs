// Tensors are counted for the whole process, and the default random generator is shared.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

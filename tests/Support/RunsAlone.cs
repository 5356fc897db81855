namespace LoraUnlearn.Tests.Support;

/// <summary>
/// Test classes that measure something of the whole process, such as the number of live tensors: nothing runs beside
/// them. Use as <c>[Collection(RunsAlone.Name)]</c>.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RunsAlone
{
    /// <summary>The name of the collection.</summary>
    public const string Name = "alone";
}

namespace LoraUnlearn.Cli.Work;

/// <summary>Passes progress on at once, on the thread that reports it (<see cref="Progress{T}"/> queues it elsewhere).</summary>
/// <param name="report">What to do with it.</param>
/// <typeparam name="T">What is reported.</typeparam>
internal sealed class DirectProgress<T>(Action<T> report) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => report(value);
}

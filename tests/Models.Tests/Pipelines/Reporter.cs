namespace Afterimage.Models.Tests;

/// <summary>Hears of progress at once, on the thread that reports it.</summary>
internal sealed class Reporter<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}

namespace Afterimage.Cli.Working;

/// <summary>Reports on the caller's thread; <see cref="Progress{T}"/> would post to another and arrive late.</summary>
internal sealed class WorkReporter<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}

/// <summary>Progress of other kinds.</summary>
internal static class WorkReporters
{
    /// <summary>Progress of another kind, as that of the work.</summary>
    public static IProgress<TFrom> Select<TFrom>(this IProgress<WorkProgress> progress, Func<TFrom, WorkProgress> how) =>
        new WorkReporter<TFrom>(value => progress.Report(how(value)));

    /// <summary>Progress of which nothing but the share is known.</summary>
    public static IProgress<double> OfShares(this IProgress<WorkProgress> progress) => progress.Select((double share) => new WorkProgress(share));
}

using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Afterimage.Server.Working;

/// <summary>The time of one job, and how it ended.</summary>
internal sealed class JobMeasurement(Activity? activity, Func<string?, TagList> end, Histogram<double> durations) : IDisposable
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private string? _error = "lost";

    /// <summary>It made what was asked for.</summary>
    public void Completed() => _error = null;

    /// <summary>Nobody wanted it any more, or the server stopped.</summary>
    public void Cancelled() => _error = "cancelled";

    /// <summary>It failed.</summary>
    public void Failed(string code) => _error = code;

    /// <inheritdoc/>
    public void Dispose()
    {
        durations.Record(Stopwatch.GetElapsedTime(_began).TotalSeconds, end(_error));
        if (_error is not null)
            activity?.SetStatus(ActivityStatusCode.Error, _error);
        activity?.Dispose();
    }
}

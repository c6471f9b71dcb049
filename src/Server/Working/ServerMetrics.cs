using System.Diagnostics;
using System.Diagnostics.Metrics;
using Afterimage.Server.Jobs;

namespace Afterimage.Server.Working;

/// <summary>What is measured of jobs. Names and units are OpenTelemetry's where it has any (semantic conventions of generative AI, servers).</summary>
internal sealed class ServerMetrics
{
    /// <summary>The name of the meter and of the source of activities.</summary>
    public const string Name = "Afterimage.Server";

    // Of that convention, whose advice for servers of text ends where films begin.
    private static readonly double[] s_seconds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];
    private static readonly ActivitySource s_source = new(Name);

    private readonly Histogram<double> _durations;
    private readonly UpDownCounter<long> _active;
    private readonly UpDownCounter<long> _waiting;
    private readonly Counter<long> _refused;

    public ServerMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _durations = meter.CreateHistogram(
            "gen_ai.server.request.duration", "s", "Time from a job's begin to its end.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = s_seconds });
        _active = meter.CreateUpDownCounter<long>("afterimage.jobs.active", "{job}", "Jobs that workers are at.");
        _waiting = meter.CreateUpDownCounter<long>("afterimage.jobs.waiting", "{job}", "Jobs that no worker has taken yet, counted by the node that holds their queue.");
        _refused = meter.CreateCounter<long>("afterimage.jobs.refused", "{job}", "Jobs that found the queue full.");
    }

    /// <summary>Measures a job until the result is disposed of.</summary>
    public JobMeasurement Begin(JobRequest request)
    {
        var tags = new TagList { { "gen_ai.operation.name", "generate_content" }, { "gen_ai.request.model", request.Model } };
        _active.Add(1, tags);
        return new JobMeasurement(s_source.StartActivity($"generate_content {request.Model}", ActivityKind.Internal, null, tags), error =>
        {
            _active.Add(-1, tags);
            return error is null ? tags : [.. tags, new("error.type", error)];
        }, _durations);
    }

    /// <summary>Counts a job that the queue does not take.</summary>
    public void Refused(string model) => _refused.Add(1, Of(model));

    /// <summary>Counts jobs that wait from now on; of fewer than before, a number below 0.</summary>
    public void Waiting(string model, int more) => _waiting.Add(more, Of(model));

    private static KeyValuePair<string, object?> Of(string model) => new("gen_ai.request.model", model);
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Afterimage.Cli.Verify;
using Afterimage.Cli.Working;
using Afterimage.Models;
using Spectre.Console;
using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary>Loads a model once in this process and prints what that took.</summary>
internal static class LoadMeasurement
{
    public static int Run(string folder, ScalarType dtype, string? variant, bool json, CancellationToken cancellationToken)
    {
        var report = Measure(folder, dtype, variant, cancellationToken);
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(report, VerifyReport.JsonOptions));
        else
            Output.Console.Write(TableOf(report));
        return ExitCode.Success;
    }

    private static LoadReport Measure(string folder, ScalarType dtype, string? variant, CancellationToken cancellationToken)
    {
        // libtorch loads with the first tensor.
        empty(1).Dispose();
        PeakMemory.Reset();
        var before = PeakMemory.Read();
        long fileBytes = 0;
        var started = Stopwatch.GetTimestamp();
        using var model = LongWork.Run("loading", progress => Subject.LoadModel(folder, dtype, variant, progress.Select((LoadProgress read) =>
        {
            fileBytes = read.BytesTotal;
            return WorkProgress.Of(read);
        }), cancellationToken));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var peak = PeakMemory.Read();
        var weights = model.state_dict().Values.Sum(value => value.NumberOfElements * value.ElementSize);
        return new LoadReport
        {
            Model = model.GetType().Name,
            Dtype = dtype.ToString().ToLowerInvariant(),
            FileBytes = fileBytes,
            WeightBytes = weights,
            BeforeBytes = before,
            PeakBytes = peak,
            Ratio = (double)peak / weights,
            Seconds = seconds,
        };
    }

    private static Table TableOf(LoadReport report) => new Table()
        .RoundedBorder()
        .Title($"Loading {report.Model}, {report.Dtype}")
        .AddColumns("file MiB", "weights MiB", "process before MiB", "peak MiB", "peak / weights", "seconds")
        .AddRow(
            MiB(report.FileBytes), MiB(report.WeightBytes), MiB(report.BeforeBytes), MiB(report.PeakBytes),
            report.Ratio.ToString("F3", CultureInfo.InvariantCulture), report.Seconds.ToString("F2", CultureInfo.InvariantCulture));

    private static string MiB(long bytes) => (bytes / 1048576.0).ToString("F0", CultureInfo.InvariantCulture);
}

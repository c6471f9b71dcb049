using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Afterimage.Cli.Bench;
using Afterimage.Device.Measuring;

namespace Afterimage.Device.Reporting;

/// <summary>Tables for docs/benchmarks.md; a part that was not measured has none.</summary>
internal static class Markdown
{
    private static readonly string[] s_engines = ["afterimage", "torch", "diffusers"];

    public static string Of(JsonObject machine, IReadOnlyList<PartFile> parts)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in machine)
            text.Append(CultureInfo.InvariantCulture, $"- {name}: {value}\n");
        foreach (var software in parts.Where(part => part.Software.Length > 0).Select(part => $"{part.Engine}: {part.Software}").Distinct())
            text.Append(CultureInfo.InvariantCulture, $"- {software}\n");
        foreach (var model in parts.Where(part => part.Part == "steps").GroupBy(part => part.Model))
            Steps(text, [.. model.OrderBy(part => Array.IndexOf(s_engines, part.Engine))]);
        Table(text, "Memory", ["model", "engine", "cache", "model GiB", "peak GiB", "history MiB"],
            from part in Of(parts, "memory")
            let memory = part.As<MemoryReport>()
            select Row(part.Model, part.Engine, memory.Cache, Gib(memory.ModelBytes), Gib(memory.PeakMemoryBytes), Mib(memory.HistoryBytes)));
        Table(text, "Bandwidth", ["engine", "operation", "shape", "MB", "µs", "copy µs", "share of a copy"],
            from part in Of(parts, "kernels")
            from row in part.As<KernelReport>().Bandwidths
            select Row(
                part.Engine, row.Operation, row.Shape, Figure(row.Bytes / 1e6, "F1"), Figure(row.Microseconds, "F1"),
                Figure(row.CopyMicroseconds, "F1"), Figure(100 * row.CopyShare, "F0") + " %"));
        Table(text, "First use", ["engine", "operation", "first ms", "after unloading ms", "later ms"],
            from part in Of(parts, "kernels")
            from row in part.As<KernelReport>().FirstUses
            select Row(part.Engine, row.Operation, Figure(row.First, "F2"), Figure(row.AfterUnload, "F2"), Figure(row.Warm, "F3")));
        Table(text, "Decoding", ["model", "latents", "tiles", "s", "peak GiB"],
            from part in Of(parts, "decode")
            let decode = part.As<DecodeReport>()
            select Row(
                part.Model, $"[{string.Join(", ", decode.Latents)}]", decode.Tiled ? "yes" : "no",
                Figure(decode.Seconds, "F2"), Gib(decode.PeakMemoryBytes)));
        Table(text, "The moving shapes on the device against the CPU", ["cache", "largest difference", "CPU s", "device s"],
            from part in Of(parts, "pipeline")
            from film in part.As<PipelineReport>().Films
            select Row(film.Cache, Figure(film.Difference, "E1"), Figure(film.SecondsOnCpu, "F2"), Figure(film.SecondsOnDevice, "F2")));
        Table(text, "Checks", ["what", "outcome"], [.. Checks(parts)]);
        return text.ToString();
    }

    private static void Steps(StringBuilder text, IReadOnlyList<PartFile> engines)
    {
        var report = engines[0].As<BenchReport>();
        var theirs = engines.FirstOrDefault(part => part.Engine == "diffusers")?.As<BenchReport>();
        Table(
            text,
            $"{engines[0].Model}: {report.Inputs}, {report.Dtype}",
            ["engine", "cache", "kind of step", "steps", "median s", "minimum s", "diffusers / median", "run s", "speed-up", "result moved"],
            from part in engines
            from cache in part.As<BenchReport>().Caches
            from step in cache.Steps.Select((step, i) => (Kind: step, IsFirst: i == 0))
            select Row([
                part.Engine,
                cache.Cache,
                step.Kind.Kind,
                $"{step.Kind.CountPerRun}",
                Figure(step.Kind.MedianSeconds, "F4"),
                Figure(step.Kind.MinimumSeconds, "F4"),
                Ratio(theirs, cache.Cache, step.Kind),
                .. step.IsFirst
                    ? (string[])[Figure(cache.SecondsPerRun, "F2"), Figure(cache.Speedup, "F2") + " ×", Figure(100 * cache.Moved, "F1") + " %"]
                    : ["", "", ""],
            ]));
    }

    /// <summary>How much longer the same kind of step takes in diffusers; guidance in the run is compared with guidance after it.</summary>
    private static string Ratio(BenchReport? theirs, string cache, StepKind step) =>
        theirs?.Caches.FirstOrDefault(other => cache.StartsWith(other.Cache, StringComparison.Ordinal))
            ?.Steps.FirstOrDefault(other => other.Kind == step.Kind) is { } same
            ? Figure(same.MedianSeconds / step.MedianSeconds, "F2")
            : "";

    private static IEnumerable<string[]> Checks(IReadOnlyList<PartFile> parts)
    {
        foreach (var part in Of(parts, "probe"))
            yield return Row("TorchSharp's native library on this libtorch", part.As<ProbeReport>().Fits ? "fits" : "DOES NOT FIT");
        foreach (var part in Of(parts, "agreement"))
        {
            foreach (var row in part.As<AgreementReport>().Agreements)
                yield return Row(
                    $"{part.Model}: final latents of {row.Cache}, {part.As<AgreementReport>().Steps} steps, kernels against torch operations",
                    $"largest difference {Figure(row.Difference, "E1")} of the largest magnitude");
        }
        foreach (var part in Of(parts, "threads"))
            yield return Row(
                $"{part.Engine}: {part.As<ThreadReport>().Models} models in as many threads against one after the other",
                $"largest difference {Figure(part.As<ThreadReport>().Difference, "E1")}");
        foreach (var part in Of(parts, "kernels").Where(part => part.As<KernelReport>().Loads > 0))
            yield return Row(
                $"{part.Engine}: all kernels loaded and unloaded {part.As<KernelReport>().Loads} times",
                $"{part.As<KernelReport>().BytesLost} bytes less free");
        foreach (var part in Of(parts, "launches"))
            yield return Row("kernels by the driver alone", part.Result["summary"]!.ToString());
        foreach (var part in Of(parts, "tests"))
            yield return Row("tests with a GPU", part.Result["summary"]!.ToString());
    }

    private static IEnumerable<PartFile> Of(IReadOnlyList<PartFile> parts, string name) => parts.Where(part => part.Part == name);

    private static void Table(StringBuilder text, string title, string[] columns, IEnumerable<string[]> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0)
            return;
        text.Append(CultureInfo.InvariantCulture, $"\n### {title}\n\n");
        foreach (var row in all.Prepend([.. columns.Select(_ => "---")]).Prepend(columns))
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row)} |\n");
    }

    private static string[] Row(params string[] cells) => cells;

    private static string Gib(long bytes) => Figure(bytes / (double)(1 << 30), "F2");

    private static string Mib(long bytes) => Figure(bytes / (double)(1 << 20), "F1");

    private static string Figure(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using Afterimage.Cli.Verify;
using Afterimage.Kernels;
using Afterimage.Models;
using Afterimage.Tuning;
using Spectre.Console;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary><c>afterimage bench [MODEL]</c>: uncached and cached runs side by side in one process.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var subject = new SubjectOptions();
        var caches = new Option<string[]>("--cache")
        {
            Description = $"{CacheChoice.Names}; may be repeated. Always compared with none.",
            DefaultValueFactory = _ => ["pab", "faster"],
        };
        var steps = NumberOption.Count("--steps", "The number of inference steps.", 15);
        var rounds = NumberOption.Count("--rounds", "How many runs of each cache.", Spread.Least);
        caches.AcceptOnlyOnce();
        var limit = new Option<bool>("--limit") { Description = "Print steps as shares of what their products and bytes take alone." };
        var json = new Option<bool>("--json") { Description = "Print the results as JSON." };

        var command = new Command("bench", "Measure runs without and with caches, interleaved.")
        {
            caches, steps, rounds, limit, json, RunCommand.Create(), GrowthCommand.Create(), LoadCommand.Create(),
        };
        subject.AddTo(command);
        var graphs = GraphsOption.AddTo(
            command, subject.Device, result => OptionRules.IsGiven(result, caches) && result.GetValue(caches)!.All(cache => cache == CacheChoice.None.Name));
        command.RefuseWhere(limit, result => result.GetValue(subject.Device) == "cuda", "products are timed alone on the CPU only; leave out --device.");
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var request = new BenchRequest(
                [CacheChoice.None.Name, .. arguments.GetValue(caches)!.Where(name => CacheChoice.Parse(name).Config is not null)],
                arguments.GetValue(steps), arguments.GetValue(rounds), arguments.GetValue(graphs), arguments.GetValue(json));
            if (arguments.GetValue(limit))
                Limit(subject, arguments, request, cancellationToken);
            else
                await Run(subject, arguments, request, cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }

    /// <param name="Caches">None, and then the names or files of others.</param>
    private sealed record BenchRequest(IReadOnlyList<string> Caches, int Steps, int Rounds, bool Records, bool Json)
    {
        public IReadOnlyList<CacheChoice> ChoicesFor(Subject subject) =>
            [.. Caches.Select(name => CacheChoice.Parse(name).For(subject)).Select(cache => Records ? cache.Recorded() : cache)];
    }

    private static async Task Run(SubjectOptions options, ParseResult arguments, BenchRequest request, CancellationToken cancellationToken)
    {
        BenchReport? report = null;
        try
        {
            using (var subject = options.Load(arguments, cancellationToken))
            {
                using var scheduler = subject.Scheduler(request.Steps);
                var dtype = options.DtypeOf(arguments).ToString().ToLowerInvariant();
                Benchmark.Run(
                    subject, request.ChoicesFor(subject), request.Steps, request.Rounds, cancellationToken,
                    measured: results => report = new BenchReport(
                        subject.Name, InputsOf(subject), dtype, MachineOf(subject), get_num_threads(), scheduler.Name, request.Steps, request.Rounds, results));
            }
            // Now that this process holds no weights, others can.
            for (var i = 0; i < request.Caches.Count; i++)
            {
                var own = await RunCommand.InItsOwnProcess(
                    options.Again(arguments), request.Caches[i], request.Steps, cancellationToken, request.Records && i > 0);
                var results = report!.Caches.ToArray();
                results[i] = results[i] with { PeakMemoryBytes = own.PeakBytes };
                report = report with { Caches = results };
            }
        }
        finally
        {
            // What was measured until then is worth something where the rest was not.
            if (report is not null)
                Show(report, BenchTable.Of, request.Json);
        }
    }

    private static void Limit(SubjectOptions options, ParseResult arguments, BenchRequest request, CancellationToken cancellationToken)
    {
        using var subject = options.Load(arguments, cancellationToken);
        using var measurement = new LimitMeasurement(subject, request.ChoicesFor(subject), request.Steps, request.Rounds);
        try
        {
            measurement.Run(cancellationToken);
        }
        finally
        {
            // What was measured until then is worth something where the rest was not.
            if (measurement.Results is { Count: > 0 } results)
                Show(Report(results), LimitTable.Of, request.Json);
        }

        LimitReport Report(IReadOnlyList<LimitResult> results) => new(
            subject.Name, InputsOf(subject), options.DtypeOf(arguments).ToString().ToLowerInvariant(), MachineOf(subject), get_num_threads(),
            request.Steps, request.Rounds,
            measurement.RateOf(WorkKind.Layer) / 1e9, measurement.RateOf(WorkKind.Attention) / 1e9, measurement.RateOf(WorkKind.Pass) / 1e9,
            results);
    }

    private static string MachineOf(Subject subject) =>
        $"{RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors"
            + (subject.Latents.device_type == DeviceType.CUDA ? $", {KernelBackend.Describe()}" : "");

    private static string InputsOf(Subject subject) =>
        $"[{subject.Latents.shape[0] * (subject.BenchLayout == GuidanceLayout.Batched ? 2 : 1)}, {string.Join(", ", subject.Latents.shape[1..])}]";

    private static void Show<T>(T report, Func<T, Table> table, bool json)
    {
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(report, VerifyReport.JsonOptions));
        else
            Output.Console.Write(table(report));
    }
}

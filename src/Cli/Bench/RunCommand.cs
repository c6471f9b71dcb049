using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Afterimage.Cli.Verify;
using Afterimage.Cli.Working;
using Afterimage.Parallel;
using Afterimage.Tuning;
using Spectre.Console;

namespace Afterimage.Cli.Bench;

/// <summary><c>afterimage bench run [MODEL]</c>: one run in a process that does nothing else, as a user's is.</summary>
internal static class RunCommand
{
    private const int FirstSteps = 3;

    public static Command Create()
    {
        var subject = new SubjectOptions();
        var cache = new Option<string>("--cache") { Description = $"none, {CacheChoice.Names}.", DefaultValueFactory = _ => CacheChoice.None.Name };
        var steps = NumberOption.Count("--steps", "The number of inference steps.", 15);
        var parallel = ParallelOption.New("How the ranks that mpiexec has started share each step, on the CPU");
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var command = new Command("run", "Measure the memory and the steps of one run in a process that does nothing else.") { cache, steps, parallel, json };
        subject.AddTo(command);
        var graphs = GraphsOption.AddTo(command, subject.Device, result => result.GetValue(cache) == CacheChoice.None.Name);
        command.RefuseBefore("afterimage bench run [MODEL]");
        command.RefuseWhere(parallel, result => result.GetValue(subject.Device) == "cuda", "ranks are measured on the CPU.");
        command.SetAction((arguments, cancellationToken) => Task.FromResult(arguments.GetValue(parallel) is { } layout
            ? MpiCommunicator.Run(ranks => Run(arguments, layout, ranks, cancellationToken))
            : Run(arguments, null, null, cancellationToken)));
        return command;

        int Run(ParseResult arguments, ParallelLayout? layout, Communicator? ranks, CancellationToken cancellationToken)
        {
            // All ranks take the same time; the first tells of it.
            if (ranks is { Rank: > 0 })
                Output.BeQuiet();
            var choice = CacheChoice.Parse(arguments.GetValue(cache)!);
            using var loaded = subject.Load(arguments, cancellationToken);
            if (layout is not null)
                loaded.Cache.EnableParallel(layout, ranks!);
            var own = choice.For(loaded);
            var report = Measure(loaded, arguments.GetValue(graphs) ? own.Recorded() : own, arguments.GetValue(steps), cancellationToken);
            if (arguments.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(report, VerifyReport.JsonOptions));
            else
                Output.Console.Write(TableOf(report));
            return ExitCode.Success;
        }
    }

    /// <summary>Runs it in a process of its own and reads its report.</summary>
    /// <param name="subject">The command line's part that says which model.</param>
    /// <param name="cache">The cache's name or file.</param>
    /// <param name="steps">The number of inference steps.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="records">Whether steps are recorded.</param>
    public static async Task<RunReport> InItsOwnProcess(
        IEnumerable<string> subject, string cache, long steps, CancellationToken cancellationToken, bool records = false)
    {
        IEnumerable<string> arguments = ["bench", "run", .. subject, "--cache", cache, "--steps", $"{steps}", "--json", .. records ? ["--cuda-graphs"] : Array.Empty<string>()];
        return JsonSerializer.Deserialize<RunReport>(await SelfProcess.Read(arguments, cancellationToken), VerifyReport.JsonOptions)!;
    }

    private static RunReport Measure(Subject subject, CacheChoice cache, int steps, CancellationToken cancellationToken)
    {
        var run = new DenoisingRun(subject, cache, steps);
        long firstPeak = 0;
        LongWork.Run("run", progress =>
        {
            var shares = progress.OfShares();
            run.Denoise(
                new WorkReporter<double>(share =>
                {
                    if (run.Steps.Count <= FirstSteps)
                        firstPeak = PeakMemory.Read();
                    shares.Report(share);
                }),
                cancellationToken).Dispose();
            return true;
        });
        return new RunReport(cache.Name, [.. run.Steps.Select(step => step.Seconds)], firstPeak, PeakMemory.Read());
    }

    private static Table TableOf(RunReport report) => new Table()
        .RoundedBorder()
        .AddColumns("cache", "steps", "run s", "median step s", $"peak of {FirstSteps} steps MiB", "peak MiB")
        .AddRow(
            report.Cache, $"{report.StepSeconds.Count}", report.StepSeconds.Sum().ToString("F2", CultureInfo.InvariantCulture),
            Spread.Of(report.StepSeconds).Median.ToString("F3", CultureInfo.InvariantCulture),
            $"{report.FirstPeakBytes >> 20}", $"{report.PeakBytes >> 20}");
}

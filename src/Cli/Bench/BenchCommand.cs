using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using Afterimage.Cli.Verify;
using Afterimage.Kernels;
using Afterimage.Models;
using Spectre.Console;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary><c>afterimage bench [MODEL]</c>: uncached and cached runs side by side in one process.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var model = new Argument<string?>("MODEL")
        {
            Description = "A folder with a config.json and weights; a small CogVideoX with random weights if not given.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var caches = new Option<string[]>("--cache")
        {
            Description = $"{CacheChoice.Names}; may be repeated. Always compared with none.",
            DefaultValueFactory = _ => ["pab", "faster"],
        };
        var steps = NumberOption.Count("--steps", "The number of inference steps.", 15);
        var rounds = NumberOption.Count("--rounds", "How many runs of each cache.", Spread.Least);
        caches.AcceptOnlyOnce();
        var dtype = new Option<string>("--dtype") { Description = "The type the model runs in.", DefaultValueFactory = _ => "float32" };
        dtype.AcceptOnlyFromAmong("float32", "float16", "bfloat16");
        var device = DeviceOption.New();
        var json = new Option<bool>("--json") { Description = "Print the results as JSON." };
        var (variant, revision) = (ModelOptions.Variant(), ModelOptions.Revision());

        var command = new Command("bench", "Measure runs without and with caches, interleaved.")
        {
            model, caches, steps, rounds, dtype, device, json, variant, revision, LoadCommand.Create(),
        };
        var graphs = GraphsOption.AddTo(command, device, result => OptionRules.IsGiven(result, caches) && result.GetValue(caches)!.All(cache => cache == "none"));
        foreach (var option in (Option[])[variant, revision])
            command.RefuseWhere(option, result => result.GetValue(model) is null, ModelOptions.NoModel);
        command.SetAction((arguments, cancellationToken) => Task.FromResult(Run(
            arguments.GetValue(model) is { } folder ? HubCache.FolderOf(folder, arguments.GetValue(revision)) : null,
            arguments.GetValue(variant),
            [CacheChoice.None, .. arguments.GetValue(caches)!.Select(CacheChoice.Parse).Where(cache => cache.Config is not null)],
            arguments.GetValue(steps),
            arguments.GetValue(rounds),
            Enum.Parse<ScalarType>(arguments.GetValue(dtype)!, ignoreCase: true),
            DeviceOption.Of(arguments, device),
            arguments.GetValue(graphs),
            arguments.GetValue(json),
            cancellationToken)));
        return command;
    }

    private static int Run(
        string? model, string? variant, IReadOnlyList<CacheChoice> caches, int steps, int rounds, ScalarType dtype, DeviceType type, bool records, bool json,
        CancellationToken cancellationToken)
    {
        DeviceOption.Check(type);
        var device = new Device(type);
        using var subject = model is null ? Subject.Default(dtype, device) : Subject.Load(model, dtype, variant, device, cancellationToken);
        caches = [.. caches.Select(cache => cache.For(subject)).Select(cache => records ? cache.Recorded() : cache)];
        IReadOnlyList<BenchResult> results = [];
        try
        {
            results = Benchmark.Run(subject, caches, steps, rounds, cancellationToken, measured: soFar => results = soFar);
        }
        catch (OperationCanceledException) when (results.Count > 0)
        {
            // What was measured until then is worth something.
            Show(subject, steps, rounds, dtype, json, results);
            throw;
        }
        Show(subject, steps, rounds, dtype, json, results);
        return ExitCode.Success;
    }

    private static void Show(Subject subject, int steps, int rounds, ScalarType dtype, bool json, IReadOnlyList<BenchResult> results)
    {
        using var scheduler = subject.Scheduler(steps);
        var report = new BenchReport(
            subject.Name,
            $"[{(subject.BenchLayout == GuidanceLayout.Batched ? 2 : 1)}, {string.Join(", ", subject.Latents.shape[1..])}]",
            dtype.ToString().ToLowerInvariant(),
            $"{RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors"
                + (subject.Latents.device_type == DeviceType.CUDA ? $", {KernelBackend.Describe()}" : ""),
            get_num_threads(),
            scheduler.Name,
            steps,
            rounds,
            results);
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(report, VerifyReport.JsonOptions));
        else
            Output.Console.Write(BenchTable.Of(report));
    }
}

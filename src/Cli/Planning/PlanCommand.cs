using System.CommandLine;
using System.Globalization;
using Afterimage.Models;
using Afterimage.Video;

namespace Afterimage.Cli.Planning;

/// <summary><c>afterimage plan MODEL</c>: what a cache will do to a model, before any weight is loaded.</summary>
internal static class PlanCommand
{
    private static readonly Link[] s_links = [new("PCIe 4", 25), new("PCIe 5", 50), new("NVLink 4", 400)];

    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "A config.json, or a folder with one; no weights are needed." };
        var cache = new Option<string>("--cache") { Description = $"{CacheChoice.Names}.", Required = true };
        var steps = NumberOption.Count("--steps", "The number of inference steps.", 50);
        var layout = new Option<GuidanceLayout?>("--layout") { Description = "How guidance reaches the model; its own layout if not given." };
        var parallel = ParallelOption.New("What ranks that share the work would exchange");
        var picture = new Option<string?>("--out") { Description = "Where to draw the plan (.png), or to save it (.json)." };
        // Of weights nothing is read, so that there is no variant of them to choose.
        var revision = ModelOptions.Revision();
        layout.AcceptOnlyNames();
        picture.AcceptOnlyExtensions(".png", ".json");

        var command = new Command("plan", "Print or draw what a cache will do at each step.") { model, cache, steps, layout, parallel, picture, revision };
        command.SetAction((arguments, cancellationToken) => Task.FromResult(Run(
            HubCache.FolderOf(arguments.GetValue(model)!, arguments.GetValue(revision)),
            CacheChoice.Parse(arguments.GetValue(cache)!),
            arguments.GetValue(steps),
            arguments.GetValue(layout),
            arguments.GetValue(parallel),
            arguments.GetValue(picture),
            cancellationToken)));
        return command;
    }

    private static int Run(
        string path, CacheChoice cache, int steps, GuidanceLayout? layout, ParallelLayout? parallel, string? picture, CancellationToken cancellationToken)
    {
        using var subject = Subject.OfConfig(path);
        var config = cache.For(subject).Config ?? throw new ArgumentException("There is nothing to plan without a cache.");
        var guidance = layout ?? subject.Cache.GuidanceLayout;
        cancellationToken.ThrowIfCancellationRequested();
        CachePlan.CheckSize(steps, subject.Cache.CacheSites.Count, guidance);
        using var scheduler = subject.Scheduler(steps);
        var plan = CachePlan.Create(config, scheduler.CacheTimesteps, subject.Cache.CacheSites, guidance);

        Console.WriteLine($"scheduler: {scheduler.Name}");
        Console.WriteLine(plan);
        cancellationToken.ThrowIfCancellationRequested();

        var batch = guidance == GuidanceLayout.Batched ? 2 : 1;
        using var hidden = TorchSharp.torch.cat([.. Enumerable.Repeat(subject.Latents, batch)]);
        var profile = ModelProfiler.Measure(subject.Module, () => subject.Forward(hidden, 500));
        var most = plan.DecidesAtRunTime ? CachePlan.CreateBoldest(config, scheduler.CacheTimesteps, subject.Cache.CacheSites, guidance) : plan;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"history {plan.HistoryBytes(profile) / 1048576.0:N1} MiB in bfloat16, {(plan.DecidesAtRunTime ? "at most " : "")}{100 * most.FlopsSaved(profile):F1} % of {Flops((double)profile.TotalFlops * plan.Rows.Length)} saved"));

        if (parallel is not null)
            Console.WriteLine(InWords(parallel, ParallelTraffic.Of(plan, profile, parallel)));
        cancellationToken.ThrowIfCancellationRequested();
        if (picture is not null)
            Save(plan, picture);
        return ExitCode.Success;
    }

    private static string InWords(ParallelLayout layout, ParallelTraffic traffic) => string.Create(
        CultureInfo.InvariantCulture,
        $"{layout}: {traffic.Collectives:N0} collectives and {traffic.Bytes / 1048576.0:N1} MiB for each rank in bfloat16, {traffic.MostBytes / 1048576.0:N1} MiB in the largest step: {string.Join(", ", s_links.Select(link => link.InWords(traffic.MostBytes)))}");

    private static string Flops(double flops) => flops >= 1e11
        ? string.Create(CultureInfo.InvariantCulture, $"{flops / 1e12:N1} TFLOP")
        : string.Create(CultureInfo.InvariantCulture, $"{flops / 1e9:N1} GFLOP");

    private static void Save(CachePlan plan, string path)
    {
        if (Path.GetExtension(path) == ".json")
            plan.Save(path);
        else
            plan.SavePng(path);
        Console.WriteLine($"wrote {path}");
    }

    /// <summary>What lies between two devices.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Speed">The gigabytes that a second takes in one direction, about.</param>
    private sealed record Link(string Name, double Speed)
    {
        public string InWords(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (Speed * 1e6):N1} ms at {Speed:N0} GB/s ({Name})");
    }
}

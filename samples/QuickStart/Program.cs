using Afterimage;
using Afterimage.Models;
using Afterimage.Video;
using QuickStart;
using Spectre.Console;
using static TorchSharp.torch;

// Three denoising runs of one diffusers checkpoint, a small CogVideoX, from the same noise: without a cache, with Pyramid Attention
// Broadcast, and with FasterCache. The weights are random, so there is nothing to look at; what the caches do to time, memory and the
// result is real. Ctrl-C ends it at the end of a step: not sooner, since a process must not end while torch is at work.
return Interruption.Run(cancellationToken => Run(args, cancellationToken));

static int Run(string[] args, CancellationToken cancellationToken)
{
    if (args.Length > 0)
    {
        Console.Error.WriteLine($"There are no arguments, got '{args[0]}'.");
        return 2;
    }

    const int Steps = 20;
    manual_seed(42);
    using var scope = NewDisposeScope();

    using var model = CogVideoXTransformer3DModel.FromPretrained(
        Path.Combine(AppContext.BaseDirectory, "cogvideox-5b-tiny"), cancellationToken: cancellationToken);
    using var denoiser = new Denoiser(model, frames: 5, height: 32, width: 48, Steps);

    (string Name, CacheConfig? Config)[] caches =
    [
        ("none", null),
        ("PAB", new PyramidAttentionBroadcastConfig
        {
            SpatialAttentionBlockSkipRange = 2,
            SpatialAttentionTimestepSkipRange = (100, 800),
        }),
        ("FasterCache", new FasterCacheConfig
        {
            TensorFormat = TensorFormat.BFCHW,
            SpatialAttentionBlockSkipRange = 2,
            SpatialAttentionTimestepSkipRange = (-1, 681),
            UnconditionalBatchSkipRange = 5,
            UnconditionalBatchTimestepSkipRange = (-1, 781),
            AttentionWeightCallback = _ => 0.3,
        }),
    ];

    denoiser.WarmUp(cancellationToken);
    var table = new Table().RoundedBorder().Title($"CogVideoX, {denoiser.Tokens:N0} tokens, {Steps} steps")
        .AddColumns("cache", "seconds", "speed-up", "attention", "uncond.", "history", "moved");
    Denoised? reference = null;
    foreach (var (name, config) in caches)
    {
        if (config is not null)
            model.EnableCache(config);
        var result = AnsiConsole.Progress().AutoClear(true).Start(context =>
        {
            var bar = context.AddTask(name, maxValue: Steps);
            return denoiser.Run(cached: config is not null, step => bar.Value = step, cancellationToken);
        });
        model.DisableCache();

        reference ??= result;
        table.AddRow(
            name,
            $"{result.Seconds:F2}",
            $"{reference.Seconds / result.Seconds:F2} x",
            $"{result.AttentionComputed:P0}",
            $"{result.UnconditionalComputed:P0}",
            $"{result.HistoryBytes / 1048576.0:F1} MiB",
            $"{result.DistanceTo(reference):P1}");
        if (result.Plan is { } plan)
        {
            Console.WriteLine(plan);
            var picture = Path.Combine(AppContext.BaseDirectory, $"{name}.png");
            plan.SavePng(picture);
            Console.WriteLine($"drawn in {Path.GetRelativePath(Environment.CurrentDirectory, picture)}");
            Console.WriteLine();
        }
    }
    AnsiConsole.Write(table);
    Console.WriteLine("attention, uncond.: the share of steps that computed attention, and the unconditional half of guidance.");
    Console.WriteLine("history: what the cache kept between steps. moved: the largest change of the result, as a share of its largest magnitude.");
    return 0;
}

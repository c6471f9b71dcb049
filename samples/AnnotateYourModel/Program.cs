using Afterimage;
using Afterimage.Video;
using AnnotateYourModel;
using static TorchSharp.torch;

// The finished code of docs/annotate-your-model.md: a video transformer of one's own, run without a cache, with Pyramid Attention
// Broadcast and with FasterCache. The weights are random, so there is nothing to look at; what the caches do is real. Ctrl-C ends it at the end
// of a step: not sooner, since a process must not end while torch is at work.
return Interruption.Run(Run);

static int Run(CancellationToken cancellationToken)
{
    manual_seed(1);
    using var scope = NewDisposeScope();
    using var model = new VideoDenoiser(channels: 4, frames: 8, size: 32, width: 128, heads: 4, layers: 3);
    var noise = randn([1, 4, 8, 32, 32]);
    var prompts = randn(2, 16, 128); // unconditional, conditional
    var denoising = new Denoising(model, noise, prompts, steps: 20, cancellationToken);

    var profile = ModelProfiler.Measure(model, () => denoising.Forward(noise, 500)); // warms up, too
    var uncached = denoising.Run(null);
    Console.WriteLine($"{"",-12}{"seconds",9}{"sites reused",14}{"halves left out",17}{"history",10}{"moved",8}");
    Print("no cache", uncached);

    var pyramid = new PyramidAttentionBroadcastConfig
    {
        SpatialAttentionBlockSkipRange = 2,
        TemporalAttentionBlockSkipRange = 4,
        CrossAttentionBlockSkipRange = 6,
    };
    var broadcast = denoising.Run(pyramid);
    Print("PAB", broadcast);

    var faster = new FasterCacheConfig
    {
        TemporalAttentionBlockSkipRange = 3,
        AttentionWeightCallback = WeightSchedule.Ramp(0, 1, steps: 20),
    };
    Print("FasterCache", denoising.Run(faster));

    // A cache that skips nothing has to give what the body gives, bit for bit.
    var all = new PyramidAttentionBroadcastConfig
    {
        SpatialAttentionBlockSkipRange = 1,
        TemporalAttentionBlockSkipRange = 1,
        CrossAttentionBlockSkipRange = 1,
    };
    var same = denoising.Run(all).Latents.equal(uncached.Latents).all().item<bool>();
    Console.WriteLine($"a plan that computes everything gives the same bits: {same}");
    Console.WriteLine($"history: planned {broadcast.Plan!.HistoryBytes(profile):N0} bytes, held {broadcast.HistoryBytes:N0}");
    Console.WriteLine($"operations saved by PAB: {broadcast.Plan.FlopsSaved(profile):P0}");

    // On repeated input every variant has to give the bits of the body, too.
    var report = CacheSelfCheck.Run(model, cat([noise, noise]), TensorArithmetic.Full([2], 500.0), prompts);
    Console.WriteLine(report.Passed ? "every variant equals the body" : report.ToString());

    Console.WriteLine();
    Console.WriteLine(broadcast.Plan);
    var picture = Path.Combine(AppContext.BaseDirectory, "plan.png");
    broadcast.Plan.SavePng(picture);
    Console.WriteLine($"drawn in {Path.GetRelativePath(Environment.CurrentDirectory, picture)}");
    return 0;

    void Print(string name, Denoised result)
    {
        using var inner = NewDisposeScope();
        var moved = (result.Latents - uncached.Latents).abs().max().item<float>() / uncached.Latents.abs().max().item<float>();
        var plan = result.Plan;
        Console.WriteLine(
            $"{name,-12}{result.Seconds,9:F2}{Share(plan?.SkippedSiteForwards, plan?.SiteForwards),14}"
            + $"{Share(plan?.SkippedUnconditionalHalves, plan?.Rows.Length),17}{result.HistoryBytes / 1048576.0,6:F1} MiB{moved,8:P1}");
    }
}

static string Share(int? part, int? whole) => whole is null ? "-" : $"{part} of {whole}";

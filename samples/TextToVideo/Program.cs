using System.CommandLine;
using Afterimage;
using Afterimage.Models;
using Afterimage.Video;
using TorchSharp;
using static TorchSharp.torch;

// A film from a text: loads a CogVideoX pipeline as diffusers saves it, generates with a cache, and writes the frames. With
// --compare it generates without the cache too, from the same noise, and shows both side by side.
var folder = new Argument<string>("FOLDER") { Description = "A CogVideoX pipeline as diffusers saves it." };
var prompt = new Argument<string>("PROMPT") { Description = "What the film shall show." };
var negativePrompt = new Option<string?>("--negative-prompt");
var cache = new Option<string>("--cache") { Description = "pab, faster, none, or a config's JSON.", DefaultValueFactory = _ => "pab" };
var compare = new Option<bool>("--compare");
var target = new Option<string>("--out") { DefaultValueFactory = _ => "film.webp" };
var fps = new Option<double>("--fps") { DefaultValueFactory = _ => 8 };
var steps = new Option<int>("--steps") { DefaultValueFactory = _ => 50 };
var guidanceScale = new Option<double>("--guidance-scale") { DefaultValueFactory = _ => 6 };
var dynamicCfg = new Option<bool>("--dynamic-cfg");
var height = new Option<int?>("--height");
var width = new Option<int?>("--width");
var frames = new Option<int?>("--frames");
var seed = new Option<long>("--seed");
var dtype = new Option<ScalarType>("--dtype") { DefaultValueFactory = _ => ScalarType.BFloat16 };
var device = new Option<DeviceType>("--device") { DefaultValueFactory = _ => DeviceType.CPU };
var scheduler = new Option<string?>("--scheduler");
scheduler.AcceptOnlyFromAmong("ddim", "dpm");

var command = new RootCommand("Generates a film from a text.")
{
    folder, prompt, negativePrompt, cache, compare, target, fps, steps, guidanceScale, dynamicCfg, height, width, frames, seed, dtype, device, scheduler,
};
command.SetAction((arguments, cancellationToken) => Task.Run(() => Generate(arguments, cancellationToken), cancellationToken));
return await command.Parse(args).InvokeAsync();

void Generate(ParseResult arguments, CancellationToken cancellationToken)
{
    var (path, rate) = (arguments.GetValue(target)!, arguments.GetValue(fps));
    Film.CheckTarget(path, rate); // before the long work

    using var pipeline = CogVideoXPipeline.FromPretrained(
        arguments.GetValue(folder)!, arguments.GetValue(dtype), new Line<LoadProgress>(p => $"{p.Part}: {p.BytesRead >> 20} MiB"), cancellationToken);
    pipeline.To(new Device(arguments.GetValue(device)));
    var settings = pipeline.Scheduler.Config with { TimestepSpacing = "trailing" };
    pipeline.Scheduler = arguments.GetValue(scheduler) switch
    {
        "ddim" => new CogVideoXDDIMScheduler(settings),
        "dpm" => new CogVideoXDPMScheduler(settings),
        _ => pipeline.Scheduler,
    };

    var options = new CogVideoXGenerationOptions
    {
        MaxSequenceLength = pipeline.Transformer.Config.MaxTextSeqLength,
        NegativePrompt = arguments.GetValue(negativePrompt),
        Height = arguments.GetValue(height),
        Width = arguments.GetValue(width),
        NumFrames = arguments.GetValue(frames),
        NumInferenceSteps = arguments.GetValue(steps),
        GuidanceScale = arguments.GetValue(guidanceScale),
        UseDynamicCfg = arguments.GetValue(dynamicCfg),
        Seed = arguments.GetValue(seed),
    };
    var progress = new Line<GenerationProgress>(p => $"{p.Stage} {p.Step} of {p.Steps}");
    Tensor Frames() => pipeline.Generate(arguments.GetValue(prompt)!, options, progress, cancellationToken);

    var config = Config(arguments.GetValue(cache)!);
    if (arguments.GetValue(compare) && config is not null)
    {
        using var comparison = CacheComparison.Run(pipeline.Transformer, config, Frames);
        comparison.ToFilm(arguments.GetValue(cache)!, rate).Save(path, null, cancellationToken);
        Console.WriteLine(
            $"without {comparison.UncachedTime.TotalSeconds:F1} s, with {comparison.CachedTime.TotalSeconds:F1} s: "
            + $"{comparison.Speedup:F2} times as fast; PSNR {comparison.Psnr:F1} dB, SSIM {comparison.Ssim:F3}");
    }
    else
    {
        if (config is not null)
            pipeline.Transformer.EnableCache(config);
        using var generated = Frames();
        new Film(generated, rate).Save(path, null, cancellationToken);
    }
    Console.WriteLine($"wrote {path}");
}

static CacheConfig? Config(string name) => name switch
{
    "none" => null,
    "pab" => new PyramidAttentionBroadcastConfig
    {
        SpatialAttentionBlockSkipRange = 2,
        SpatialAttentionTimestepSkipRange = (100, 800),
    },
    "faster" => new FasterCacheConfig
    {
        SpatialAttentionBlockSkipRange = 2,
        SpatialAttentionTimestepSkipRange = (-1, 681),
        UnconditionalBatchSkipRange = 5,
        UnconditionalBatchTimestepSkipRange = (-1, 781),
        AttentionWeightCallback = _ => 0.3,
        TensorFormat = TensorFormat.BFCHW,
    },
    _ => CacheConfigJson.Parse(File.OpenRead(name)),
};

/// <summary>Progress on one line of the error stream.</summary>
internal sealed class Line<T>(Func<T, string> text) : IProgress<T>
{
    public void Report(T value) => Console.Error.Write($"\r{text(value),-40}");
}

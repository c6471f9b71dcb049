using System.CommandLine;
using System.CommandLine.Invocation;
using Afterimage;
using Afterimage.Cli;
using Afterimage.Cli.Generate;
using Afterimage.Models;
using Afterimage.Video;
using TorchSharp;
using static TorchSharp.torch;

// A film from a text: loads a CogVideoX pipeline as diffusers saves it, generates with a cache, and writes the frames. With
// --compare it generates without the cache too, from the same noise, and shows both side by side. Without a folder it takes the small
// pipeline that lies beside this file, which samples/TrainTiny trained on moving shapes.
// Ctrl-C ends it at the end of a step: not sooner, since a process must not end while torch is at work.
return Interruption.Run(cancellationToken => Run(args, cancellationToken), $"{Environment.NewLine}Stopped.");

static int Run(string[] args, CancellationToken cancellationToken)
{
    var texts = new Argument<string[]>("[FOLDER] PROMPT")
    {
        Description = "A CogVideoX pipeline as diffusers saves it (if not given, the small one of moving shapes), and what the film shall show.",
        Arity = new ArgumentArity(1, 2),
    };
    var negativePrompt = new Option<string?>("--negative-prompt");
    var cache = new Option<string>("--cache") { Description = "pab, faster, none, or a config's JSON.", DefaultValueFactory = _ => "pab" };
    var compare = new Option<bool>("--compare");
    var target = new Option<string?>("--out") { Description = "Where the film goes; film.webp, or the first of film-2.webp, … that is not there, if not given." };
    var fps = NumberOption.Real("--fps", "Frames per second (default 8).");
    var steps = NumberOption.Count("--steps", "The number of inference steps.", 50);
    var guidanceScale = NumberOption.Real("--guidance-scale", "6 if not given, 2 for the small pipeline.", least: 0);
    var dynamicCfg = new Option<bool>("--dynamic-cfg");
    var height = NumberOption.Count("--height", "In pixels; the model's own if not given.");
    var width = NumberOption.Count("--width", "In pixels; the model's own if not given.");
    var frames = NumberOption.Count("--frames", "How many; the model's own if not given.");
    var seed = NumberOption.Whole<long>("--seed", "The noise that all begins with.");
    var dtype = new Option<ScalarType?>("--dtype") { Description = "bfloat16 if not given, float32 for the small pipeline." };
    var device = new Option<DeviceType>("--device") { DefaultValueFactory = _ => DeviceType.CPU };
    var scheduler = new Option<string?>("--scheduler");
    scheduler.AcceptOnlyFromAmong("ddim", "dpm");
    dtype.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "bfloat16", "float16", "float32");
    device.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "cpu", "cuda");

    var command = new RootCommand("Generates a film from a text.")
    {
        texts, negativePrompt, cache, compare, target, fps, steps, guidanceScale, dynamicCfg, height, width, frames, seed, dtype, device, scheduler,
    };
    // What would do nothing is refused.
    command.Validators.Add(result =>
    {
        if (result.GetValue(compare) && result.GetValue(cache) == "none")
            result.AddError("--compare needs a cache to compare with, and --cache is none.");
        if (NumberOption.Given(result, guidanceScale) <= 1 && (result.GetValue(dynamicCfg) || result.GetValue(negativePrompt) is not null))
            result.AddError("--dynamic-cfg and --negative-prompt need guidance: a --guidance-scale above 1.");
    });
    command.SetAction(Generate);
    // A prompt may begin with @, which is no file of arguments here.
    var parsed = command.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
    if (parsed.Errors is [var error, ..])
    {
        Console.Error.WriteLine(error.Message);
        return 2;
    }

    try
    {
        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }
    catch (Exception exception) when (exception is not OperationCanceledException)
    {
        // A folder, an option or a place to write to that will not do: the message says what to do about it.
        Console.Error.WriteLine($"{Environment.NewLine}{exception.Message}");
        return 1;
    }

    void Generate(ParseResult arguments)
    {
        const string Usual = "film.webp";
        var rate = arguments.GetValue(fps) ?? 8;
        Film.CheckTarget(arguments.GetValue(target) ?? Usual, rate); // before the long work
        var config = Config(arguments.GetValue(cache)!);
        var isSmall = arguments.GetValue(texts)!.Length == 1;
        var folder = isSmall ? Path.Combine(AppContext.BaseDirectory, "moving-shapes") : arguments.GetValue(texts)![0];
        var prompt = arguments.GetValue(texts)![^1];

        using var pipeline = CogVideoXPipeline.FromPretrained(
            folder, arguments.GetValue(dtype) ?? (isSmall ? ScalarType.Float32 : ScalarType.BFloat16), new Line<LoadProgress>(p => $"{p.Part}: {p.BytesRead >> 20} MiB"), cancellationToken);
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
            GuidanceScale = arguments.GetValue(guidanceScale) ?? (isSmall ? 2 : 6),
            UseDynamicCfg = arguments.GetValue(dynamicCfg),
            Seed = arguments.GetValue(seed),
        };
        var progress = new Line<GenerationProgress>(p => $"{p.Stage} {p.Step} of {p.Steps}");
        Tensor Frames(CogVideoXGenerationOptions how) => pipeline.Generate(prompt, how, progress, cancellationToken);

        if (arguments.GetValue(compare) && config is not null)
        {
            using var comparison = CacheComparison.Run(
                pipeline.Transformer,
                config,
                generate: () => Frames(options),
                warmUp: () => Frames(options with { NumInferenceSteps = 1 }).Dispose()); // or the first would pay for what comes once
            Console.Error.WriteLine(); // progress ends
            Save(comparison.ToFilm(arguments.GetValue(cache)!, rate));
            Console.WriteLine(
                $"without {comparison.UncachedTime.TotalSeconds:F1} s, with {comparison.CachedTime.TotalSeconds:F1} s: "
                + $"{comparison.Speedup:F2} times as fast in one run of each; PSNR {comparison.Psnr:F1} dB, SSIM {comparison.Ssim:F3}");
        }
        else
        {
            if (config is not null)
                pipeline.Transformer.EnableCache(config);
            using var generated = Frames(options);
            Console.Error.WriteLine(); // progress ends
            Save(new Film(generated, rate).Enlarged(isSmall ? 6 : 1));
        }

        void Save(Film film)
        {
            void Write(string path) => film.Save(path, null, cancellationToken);
            var path = arguments.GetValue(target);
            if (path is null)
                path = FreshFile.Write(Usual, Write); // no other film's place
            else
                Write(path);
            Console.WriteLine($"wrote {path}");
        }
    }
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
    _ => CacheConfigJson.Load(name),
};

/// <summary>Progress on one line of the error stream.</summary>
internal sealed class Line<T>(Func<T, string> text) : IProgress<T>
{
    private string _shown = "";

    public void Report(T value)
    {
        // Loading reports every tensor, often with the same text.
        var line = text(value);
        if (line != _shown)
            Console.Error.Write($"\r{_shown = line,-40}");
    }
}

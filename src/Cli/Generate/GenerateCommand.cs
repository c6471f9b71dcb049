using System.CommandLine;
using System.Globalization;
using Afterimage.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Cli.Generate;

/// <summary><c>afterimage generate FOLDER "prompt"</c>: a film from a text, and what a cache does to its time and its looks.</summary>
internal static class GenerateCommand
{
    private static readonly CogVideoXGenerationOptions s_defaults = new();

    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "A CogVideoX pipeline as diffusers saves it (the folder of model_index.json)." };
        var prompt = new Argument<string>("PROMPT") { Description = "What the film shall show." };
        var negative = new Option<string?>("--negative-prompt") { Description = "What it shall not show." };
        var cache = new Option<string>("--cache")
        {
            Description = "pab, faster, none, or the path of a config's JSON.",
            DefaultValueFactory = _ => "pab",
        };
        var compare = new Option<bool>("--compare") { Description = "Generate without the cache too, and show both side by side." };
        var target = new Option<string?>("--out")
        {
            Description = "film.webp, .gif, .mp4 (needs FFmpeg) or a pattern such as frames/%04d.png; a .webp named after the prompt if not given.",
        };
        var rate = new Option<double>("--fps") { Description = "Frames per second.", DefaultValueFactory = _ => 8 };
        var steps = Positive("--steps", "The number of inference steps (default 50).");
        var scale = new Option<double?>("--guidance-scale") { Description = "How closely to follow the prompt; 1 for no guidance (default 6)." };
        var dynamic = new Option<bool>("--dynamic-cfg") { Description = "Let the guidance scale grow over the steps." };
        var height = Positive("--height", "In pixels; the model's own if not given.");
        var width = Positive("--width", "In pixels; the model's own if not given.");
        var frames = Positive("--frames", "How many; the model's own if not given.");
        var seed = new Option<long>("--seed") { Description = "The noise that all begins with.", DefaultValueFactory = _ => 0 };
        var dtype = new Option<string>("--dtype") { Description = "The type the models run in.", DefaultValueFactory = _ => "bfloat16" };
        var device = new Option<string>("--device") { Description = "Where they run.", DefaultValueFactory = _ => "cpu" };
        var scheduler = new Option<string?>("--scheduler") { Description = "ddim or dpm; the folder's own if not given." };
        target.AcceptOnlyExtensions(".webp", ".gif", ".mp4", ".png");
        dtype.AcceptOnlyFromAmong("float32", "float16", "bfloat16");
        device.AcceptOnlyFromAmong("cpu", "cuda");
        scheduler.AcceptOnlyFromAmong("ddim", "dpm");

        var command = new Command("generate", "Generate a film from a text.")
        {
            folder, prompt, negative, cache, compare, target, rate, steps, scale, dynamic, height, width, frames, seed, dtype, device, scheduler,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(compare) && result.GetValue(cache) == "none")
                result.AddError("--compare needs a cache to compare with, and --cache is none.");
        });
        command.SetAction((arguments, cancellationToken) => Task.FromResult(Generation.Run(
            new GenerateRequest(
                arguments.GetValue(folder)!,
                arguments.GetValue(prompt)!,
                s_defaults with
                {
                    NegativePrompt = arguments.GetValue(negative),
                    Height = arguments.GetValue(height),
                    Width = arguments.GetValue(width),
                    NumFrames = arguments.GetValue(frames),
                    NumInferenceSteps = arguments.GetValue(steps) ?? s_defaults.NumInferenceSteps,
                    GuidanceScale = arguments.GetValue(scale) ?? s_defaults.GuidanceScale,
                    UseDynamicCfg = arguments.GetValue(dynamic),
                    Seed = arguments.GetValue(seed),
                },
                arguments.GetValue(scheduler),
                Enum.Parse<ScalarType>(arguments.GetValue(dtype)!, ignoreCase: true),
                Enum.Parse<DeviceType>(arguments.GetValue(device)!, ignoreCase: true),
                CacheChoice.Parse(arguments.GetValue(cache)!),
                arguments.GetValue(compare),
                arguments.GetValue(target) ?? FilmName.Of(arguments.GetValue(prompt)!),
                arguments.GetValue(rate)),
            cancellationToken)));
        return command;
    }

    private static Option<int?> Positive(string name, string description)
    {
        var option = new Option<int?>(name) { Description = description };
        option.AcceptOnlyPositive();
        return option;
    }
}

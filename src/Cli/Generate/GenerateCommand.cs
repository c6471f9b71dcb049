using System.CommandLine;
using Afterimage.Video;

namespace Afterimage.Cli.Generate;

/// <summary><c>afterimage generate FOLDER "prompt"</c>: a film from a text, and what a cache does to its time and its looks.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "A pipeline as diffusers saves it (the folder of model_index.json)." };
        var prompt = new Argument<string>("PROMPT") { Description = "What the film shall show." };
        var negative = new Option<string?>("--negative-prompt") { Description = "What it shall not show." };
        var image = new Option<string?>("--image") { Description = "The PNG or JPEG that the film begins with, for pipelines of image to video." };
        var cache = new Option<string>("--cache")
        {
            Description = $"none, {CacheChoice.Names}.",
            DefaultValueFactory = _ => "pab",
        };
        var compare = new Option<bool>("--compare") { Description = "Generate without the cache too, and show both side by side." };
        var target = new Option<string?>("--out")
        {
            Description = "film.webp, .gif, .mp4 (needs FFmpeg) or a pattern such as frames/%04d.png, for a picture a .png; a new .webp named after the prompt if not given.",
        };
        var rate = NumberOption.Real("--fps", "Frames per second (default 8).");
        var options = new PipelineOptions();
        target.AcceptOnlyExtensions(".webp", ".gif", ".mp4", ".png");

        var command = new Command("generate", "Generate a film from a text.")
        {
            folder, prompt, negative, image, cache, compare, target, rate,
        };
        options.AddTo(command);
        command.RefuseWhere(negative, options.HasNoGuidance, PipelineOptions.NoGuidance);
        command.Validators.Add(result =>
        {
            if (result.GetValue(compare) && result.GetValue(cache) == "none")
                result.AddError("--compare needs a cache to compare with, and --cache is none.");
        });
        command.SetAction((arguments, cancellationToken) =>
        {
            // What is wrong whatever the folder holds comes before the folder.
            var choice = CacheChoice.Parse(arguments.GetValue(cache)!);
            Film.CheckTarget(arguments.GetValue(target) ?? FilmName.Of(arguments.GetValue(prompt)!), arguments.GetValue(rate) ?? GenerateRequest.UsualRate, isPicture: true);
            var pipeline = options.Pipeline(arguments, arguments.GetValue(folder)!);
            return Task.FromResult(Generation.Run(
                new GenerateRequest(
                    pipeline,
                    arguments.GetValue(prompt)!,
                    options.Generation(arguments, pipeline) with { NegativePrompt = arguments.GetValue(negative) },
                    arguments.GetValue(image),
                    choice,
                    arguments.GetValue(compare),
                    arguments.GetValue(target),
                    arguments.GetValue(rate)),
                cancellationToken));
        });
        return command;
    }
}

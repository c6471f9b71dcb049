using System.CommandLine;
using Afterimage.Cli.Generate;
using Afterimage.Tuning;

namespace Afterimage.Cli.Quality;

/// <summary><c>afterimage quality FOLDER</c>: what every cache does to the time and the looks of films, as a report in Markdown.</summary>
internal static class QualityCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "A pipeline as diffusers saves it (the folder of model_index.json)." };
        var prompts = new Option<string?>("--prompts")
        {
            Description = "A text file with a prompt a line; 24 of moving shapes if not given.",
        };
        var caches = new Option<string[]>("--cache")
        {
            Description = $"{CacheChoice.Names}, or a folder of JSON; may be repeated. Both methods with several settings if not given.",
            DefaultValueFactory = _ => [],
        };
        var repeats = NumberOption.Count(
            "--repeats", "How often each film is generated, for its time; often enough for three films with every cache if not given.");
        var target = new Option<string>("--out") { Description = "Where the report goes.", DefaultValueFactory = _ => "quality.md" };
        var picture = new Option<string?>("--picture") { Description = "A .png for a frame of some films of every cache, which the report shows." };
        var scale = NumberOption.Count("--scale", "How many times as wide and high as generated frames are in the picture; by itself, small ones are enlarged.");
        var options = new PipelineOptions();
        target.AcceptOnlyExtensions(".md");
        picture.AcceptOnlyExtensions(".png");

        var command = new Command("quality", "Compare films with and without caches, and write a report.") { folder, prompts, caches, repeats, target, picture, scale };
        options.AddTo(command);
        command.RefuseWhere(scale, result => result.GetValue(picture) is null, "there is no --picture to show frames.");
        command.Validators.Add(result =>
        {
            if (result.GetValue(caches) is [_, ..] named && named.All(name => name == "none"))
                result.AddError("--cache must name a cache to compare with none, which is always there.");
        });
        command.SetAction((arguments, cancellationToken) =>
        {
            var texts = arguments.GetValue(prompts) is { } file ? PromptFile.Read(file) : QualityPrompts.HeldOut;
            // What is wrong whatever the folder holds comes before the folder.
            foreach (var path in (string?[])[arguments.GetValue(target), arguments.GetValue(picture)])
            {
                if (path is not null)
                    WholeFile.CheckTarget(path);
            }
            IReadOnlyList<CacheChoice> compared = [CacheChoice.None, .. QualityCaches.Named(arguments.GetValue(caches)!)];
            var films = options.Results(arguments);
            QualityRequest.CheckCount(texts.Count, films, compared.Count, arguments.GetValue(repeats) ?? 1);
            texts = [.. texts.SelectMany(text => Enumerable.Repeat(text, films))];
            var pipeline = options.Pipeline(arguments, arguments.GetValue(folder)!);
            return Task.FromResult(QualityRun.Run(
                new QualityRequest(
                    pipeline,
                    options.Generation(arguments, pipeline),
                    options.Image(arguments),
                    texts,
                    films,
                    compared,
                    arguments.GetValue(repeats) ?? Rounds.Repeats(texts.Count),
                    arguments.GetValue(target)!,
                    arguments.GetValue(picture),
                    arguments.GetValue(scale),
                    CommandText.Of(arguments)),
                cancellationToken));
        });
        return command;
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using Afterimage.Video;

namespace Afterimage.Cli.Generate;

/// <summary><c>afterimage generate FOLDER "prompt"</c>: films from texts, and what a cache does to their time and their looks.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "A pipeline as diffusers saves it (the folder of model_index.json)." };
        var prompt = new Argument<string?>("PROMPT") { Description = "What the film shall show.", Arity = ArgumentArity.ZeroOrOne };
        var prompts = new Option<string?>("--prompts") { Description = "In the place of PROMPT, a text file with a prompt a line." };
        var negative = new Option<string?>("--negative-prompt") { Description = "What it shall not show." };
        var cache = new Option<string>("--cache")
        {
            Description = $"none, {CacheChoice.Names}.",
            DefaultValueFactory = _ => "pab",
        };
        var compare = new Option<bool>("--compare") { Description = "Generate without the cache too, and show both side by side." };
        var target = new Option<string?>("--out")
        {
            Description = "film.webp, .gif, .mp4 (needs FFmpeg) or a pattern such as frames/%04d.png, for a picture a .png; several are numbered, film-0.webp; a new .webp or .png named after the prompt if not given.",
        };
        var rate = NumberOption.Real("--fps", "Frames per second (default 8).");
        var scale = NumberOption.Count("--scale", "How many times as wide and high as generated to write it, each pixel a square.", 1);
        var carry = new Option<bool>("--carry-over") { Description = "Take a --cache NAME.plan.json for other steps, sizes and schedulers than it was made for; what it does there nobody has measured." };
        var grid = new Option<bool>("--grid") { Description = "Show all films or pictures of a prompt in one, in rows and columns." };
        var parallel = ParallelOption.New("How the ranks that mpiexec has started share each step");
        var options = new PipelineOptions();
        target.AcceptOnlyExtensions(".webp", ".gif", ".mp4", ".png");

        var command = new Command("generate", "Generate films or pictures from texts.")
        {
            folder, prompt, prompts, negative, cache, carry, compare, parallel, target, rate, scale, grid,
        };
        options.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(prompt) is { Tokens.Count: > 0 } == OptionRules.IsGiven(result, prompts))
                result.AddError("generate needs either a PROMPT or --prompts FILE.");
            if (result.GetValue(compare) && result.GetValue(cache) == "none")
                result.AddError("--compare needs a cache to compare with, and --cache is none.");
        });
        var graphs = GraphsOption.AddTo(command, options.Device, result => result.GetValue(cache) == "none");
        command.RefuseWhere(carry, result => result.GetValue(cache)?.EndsWith(CacheChoice.PlanEnding, StringComparison.Ordinal) != true, $"--cache is no plan (NAME{CacheChoice.PlanEnding}).");
        command.RefuseWhere(negative, options.HasNoGuidance, PipelineOptions.NoGuidance);
        command.RefuseWhere(scale, result => result.GetValue(compare), "small films side by side are enlarged as it is.");
        command.RefuseWhere(grid, result => result.GetValue(compare), "--compare shows two films in one, and writes each such film by itself.");
        command.RefuseWhere(grid, options.HasOneResult, "there is one film or picture of every prompt; --num-images makes more.");
        command.SetAction((arguments, cancellationToken) => Task.FromResult(Run(arguments, cancellationToken)));
        return command;

        int Run(ParseResult arguments, CancellationToken cancellationToken)
        {
            // What is wrong whatever the folder holds comes before the folder.
            var file = arguments.GetValue(prompts);
            var texts = file is null ? [arguments.GetValue(prompt)!] : PromptFile.Read(file);
            var output = new OutputOptions(arguments.GetValue(target), arguments.GetValue(rate), arguments.GetValue(scale), arguments.GetValue(grid));
            var parsed = CacheChoice.Parse(arguments.GetValue(cache)!);
            if (arguments.GetValue(carry))
                parsed = parsed.CarriedOver();
            var choice = arguments.GetValue(graphs) ? parsed.Recorded() : parsed;
            Film.CheckTarget(output.Target ?? FilmName.Of(texts[0]), output.Rate, isPicture: true);
            var pipeline = options.Pipeline(arguments, arguments.GetValue(folder)!);
            return Generation.Run(
                new GenerateRequest(
                    pipeline,
                    texts,
                    AreOfAFile: file is not null,
                    options.Generation(arguments, pipeline) with { NegativePrompt = arguments.GetValue(negative), PerPrompt = options.Results(arguments) },
                    options.Image(arguments),
                    choice,
                    arguments.GetValue(compare),
                    output,
                    arguments.GetValue(parallel)),
                cancellationToken);
        }
    }
}

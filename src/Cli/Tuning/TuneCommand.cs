using System.CommandLine;
using System.CommandLine.Parsing;
using Afterimage.Cli.Generate;
using Afterimage.Cli.Quality;
using Afterimage.Tuning;

namespace Afterimage.Cli.Tuning;

/// <summary><c>afterimage tune FOLDER</c>: the plans that are as fast as is asked for and as near to films without a cache as can be.</summary>
internal static class TuneCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "A pipeline as diffusers saves it (the folder of model_index.json)." };
        var speedup = NumberOption.Real("--speedup", "How many times as fast films are to be as without a cache.", least: 1);
        var psnr = NumberOption.Real("--psnr", "How near films are to be to those without a cache at least, in decibels.", least: 0);
        var bytes = new Option<string?>("--bytes") { Description = "The most history that a run may hold, such as 2GiB or 300MiB." };
        var calibration = new Option<string?>("--calibration")
        {
            Description = $"What calibrate has written; the folder's name with {CalibrateCommand.Ending} if not given, and calibrated first where there is none.",
        };
        var prompts = new Option<string?>("--prompts") { Description = "A text file with a prompt a line, others than it was calibrated with; 8 of moving shapes if not given." };
        var caches = new Option<string[]>("--cache") { Description = $"{CacheChoice.Names}, to measure beside the plans; may be repeated.", DefaultValueFactory = _ => [] };
        var budget = NumberOption.Real("--budget", "The minutes that it may take, about: fewer prompts are measured.", least: 0);
        var rank = NumberOption.Count("--rank", "Besides, how many plans at random to measure, and how well their prediction ranks them.");
        var lpips = new Option<string?>("--lpips") { Description = "A safetensors file with the weights of LPIPS (AlexNet), to measure films by it as well." };
        var target = new Option<string?>("--out") { Description = "What files are called: NAME.md, NAME.svg and NAME-1.3x.plan.json; the folder's name if not given." };
        var options = new PipelineOptions();
        var command = new Command("tune", "Search plans that are fast and close to films without a cache.")
        {
            folder, speedup, psnr, bytes, calibration, prompts, caches, budget, rank, lpips, target,
        };
        options.AddTo(command);
        command.RefuseWhere(psnr, result => OptionRules.IsGiven(result, speedup), "--speedup is given, and the nearest plan of that speed is searched.");
        command.SetAction((arguments, cancellationToken) =>
        {
            var request = TuningRequest.Of(arguments, arguments.GetValue(folder)!, arguments.GetValue(prompts), TuningPrompts.OfPlans, options);
            var name = arguments.GetValue(target) ?? request.Name;
            var goal = new PlanGoal
            {
                Speedup = arguments.GetValue(speedup),
                Psnr = arguments.GetValue(psnr),
                HistoryBytes = arguments.GetValue(bytes) is { } text ? ByteSize.Parse(text) : null,
            };
            goal.Validate();
            return Task.FromResult(new TuneRun(
                request,
                goal,
                arguments.GetValue(calibration) ?? request.Name + CalibrateCommand.Ending,
                [.. arguments.GetValue(caches)!.Select(CacheChoice.Parse).Where(cache => cache.Config is not null)],
                arguments.GetValue(budget),
                arguments.GetValue(rank),
                arguments.GetValue(lpips),
                name,
                CommandText.Of(arguments)).Run(options.Image(arguments), cancellationToken));
        });
        return command;
    }
}

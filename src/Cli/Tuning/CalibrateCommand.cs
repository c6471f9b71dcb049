using System.CommandLine;
using System.Globalization;
using Afterimage.Cli.Generate;
using Afterimage.Cli.Working;
using Afterimage.Models;
using Afterimage.Tuning;

namespace Afterimage.Cli.Tuning;

/// <summary><c>afterimage calibrate FOLDER</c>: measures how a pipeline's values change, how errors in them grow, and what steps cost.</summary>
internal static class CalibrateCommand
{
    /// <summary>How files of calibrations end.</summary>
    public const string Ending = ".calibration.json";

    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "A pipeline as diffusers saves it (the folder of model_index.json)." };
        var prompts = new Option<string?>("--prompts") { Description = "A text file with a prompt a line; 6 of moving shapes if not given." };
        var target = new Option<string?>("--out") { Description = $"Where it goes: a name that ends in {Ending}; the folder's name if not given." };
        var options = new PipelineOptions();
        target.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !token.Value.EndsWith(Ending, StringComparison.Ordinal))
                result.AddError($"--out must end in {Ending}, got '{token.Value}'.");
        });
        var command = new Command("calibrate", "Measure what a pipeline can skip, for tune.") { folder, prompts, target };
        options.AddTo(command);
        command.SetAction((arguments, cancellationToken) =>
        {
            var request = TuningRequest.Of(arguments, arguments.GetValue(folder)!, arguments.GetValue(prompts), TuningPrompts.OfCalibration, options);
            return Task.FromResult(Run(request, arguments.GetValue(target) ?? request.Name + Ending, options.Image(arguments), cancellationToken));
        });
        return command;
    }

    private static int Run(TuningRequest request, string target, string? image, CancellationToken cancellationToken)
    {
        WholeFile.CheckTarget(target);
        DeviceOption.Check(request.Pipeline.Device);
        using var generation = CheckedGeneration.Of(request.Pipeline, request.Prompts[0], request.Options, image, CacheChoice.None);
        request = request with { Options = generation.Options };
        using var pipeline = request.Pipeline.Load(cancellationToken);
        Measure(pipeline, request, target, cancellationToken);
        Console.WriteLine($"afterimage tune {request.Pipeline.Folder} --calibration {target} --speedup 2");
        return ExitCode.Success;
    }

    /// <summary>Measures, says what was found, and writes it.</summary>
    public static CacheCalibration Measure(DiffusionPipeline pipeline, TuningRequest request, string target, CancellationToken cancellationToken)
    {
        var file = target + ".work";
        var work = CalibrationWork.Open(file);
        if (work.Count > 0)
            Console.WriteLine($"goes on from '{file}': {work.Count} measurements are there");
        var films = CacheCalibration.FilmsOf(pipeline, request.Prompts, request.Options);
        var seconds = TuningWatch.SecondsOfFilm(pipeline, request, cancellationToken);
        var all = seconds * Math.Max(1, films - work.Count);
        Console.WriteLine($"{films} films of {request.Options.NumInferenceSteps} steps, about {TuningWatch.Time(seconds)} each: about {TuningWatch.Time(all)} in all");
        try
        {
            var calibration = LongWork.Run("calibrating", progress => CacheCalibration.Measure(pipeline, request.Prompts, request.Options, work, TuningWatch.Over(progress), cancellationToken));
            calibration.Save(target);
            work.Delete();
            Output.Console.Write(CalibrationTable.Of(calibration));
            Console.WriteLine(Indicator(calibration));
            Console.WriteLine($"wrote {target}");
            return calibration;
        }
        catch (OperationCanceledException) when (work.Count > 0)
        {
            Console.Error.WriteLine($"{work.Count} measurements are kept in '{file}': the same command goes on from there.");
            throw;
        }
    }

    private static string Indicator(CacheCalibration calibration) => calibration.Indicator is not { } fit
        ? "TeaCache: this model has no indicator of change."
        : string.Create(
            CultureInfo.InvariantCulture,
            $"TeaCache: R² {fit.RSquared:F3} over {fit.Points} changes, coefficients [{string.Join(", ", fit.Coefficients.Select(each => each.ToString("G6", CultureInfo.InvariantCulture)))}]"
            + $"{(fit.RSquared < PolynomialFit.LeastRSquared ? ": too little to go by" : "")}.");
}

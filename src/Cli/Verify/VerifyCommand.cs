using System.CommandLine;
using System.Text.Json;
using Afterimage.Cli.Working;
using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary><c>afterimage verify CASE</c>: replays recordings of diffusers against the models here.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("CASE")
        {
            Description =
                "With --self: a transformer's folder, or one of several. Otherwise: A folder of recordings: a transformer (model/, forward.json, traces/), an autoencoder "
                + "(model/, index.json), a pipeline (model/, run.json), a text encoder (model/, inputs and output), schedulers, or FasterCache's frequency blends.",
        };
        var trace = new Option<string?>("--trace") { Description = "Replay only the trace, generation or scheduler of this name." };
        var json = new Option<bool>("--json") { Description = "Print the results as JSON." };
        var skip = new Option<bool>("--skip-unsupported") { Description = "List what is not supported here, and pass over it." };
        var dtype = new Option<string>("--dtype") { Description = "The type models run in.", DefaultValueFactory = _ => "float32" };
        dtype.AcceptOnlyFromAmong("float32", "float16", "bfloat16");
        var self = new Option<bool>("--self") { Description = "Compare a model with itself: everything computed and every site reused, with its own body, on random input." };
        var seed = NumberOption.Whole<int>("--seed", "The seed of the random input of --self.");
        var (variant, revision) = (ModelOptions.Variant(), ModelOptions.Revision());

        var command = new Command("verify", "Replay recordings of diffusers and compare decisions and tensors.") { folder, trace, json, skip, dtype, self, seed, variant, revision };
        command.Validators.Add(result =>
        {
            var own = result.GetValue(self);
            Option[] foreign = own ? [trace, skip] : [seed, variant, revision];
            foreach (var option in foreign.Where(option => OptionRules.IsGiven(result, option)))
                result.AddError($"{option.Name} {(own ? "does not go with" : "needs")} --self.");
        });
        command.SetAction((arguments, cancellationToken) =>
        {
            var (place, asJson) = (arguments.GetValue(folder)!, arguments.GetValue(json));
            var type = Enum.Parse<ScalarType>(arguments.GetValue(dtype)!, ignoreCase: true);
            return Task.FromResult(arguments.GetValue(self)
                ? SelfVerification.Run(
                    HubCache.FolderOf(place, arguments.GetValue(revision)), type, arguments.GetValue(variant), arguments.GetValue(seed), asJson, cancellationToken)
                : Run(place, arguments.GetValue(trace), type, asJson, arguments.GetValue(skip), cancellationToken));
        });
        return command;
    }

    /// <summary>
    /// 0 where at least one recording was compared and all passed, 1 where any failed, 3 where something is not supported here
    /// (unless it is to be skipped) or nothing was compared.
    /// </summary>
    private static int Run(string folder, string? trace, ScalarType dtype, bool json, bool skipUnsupported, CancellationToken cancellationToken)
    {
        var checks = ChecksOf(folder, trace, dtype).ToList();
        var results = new List<CheckResult>();
        try
        {
            LongWork.Run(checks.Count, (i, progress) => results.Add(RunOne(checks[i], progress.OfShares(), cancellationToken)), i => checks[i].Name);
        }
        finally
        {
            // Interrupted, too: what was compared until then is worth something.
            if (results.Count > 0 || !cancellationToken.IsCancellationRequested)
                Show(json, results);
        }

        if (results.Any(result => result.Status == CheckStatus.Failed))
            return ExitCode.Failure;
        var compared = results.Any(result => result.Status == CheckStatus.Passed);
        var unsupported = results.Any(result => result.Status == CheckStatus.NotSupported);
        return compared && (skipUnsupported || !unsupported) ? ExitCode.Success : ExitCode.NotSupported;
    }

    private static void Show(bool json, List<CheckResult> results)
    {
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(results, VerifyReport.JsonOptions));
        else
            VerifyReport.Print(Output.Console, results);
    }

    private static IEnumerable<Check> ChecksOf(string folder, string? trace, ScalarType dtype)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
        if (PipelineCase.Fits(folder))
            return new PipelineCase(folder, dtype).Checks(trace);
        if (AutoencoderCase.Fits(folder))
            return new AutoencoderCase(folder, dtype).Checks(trace);
        if (EncoderCase.Fits(folder))
            return new EncoderCase(folder, dtype).Checks(trace);
        if (TransformerCase.Fits(folder))
            return new TransformerCase(folder, dtype).Checks(trace);
        // What is left has no model; its samples are float32.
        if (dtype != ScalarType.Float32 && (FrequencyCase.Fits(folder) || SchedulerCase.Fits(folder)))
            throw new ArgumentException($"--dtype would do nothing: there is no model in the recordings of '{folder}'.");
        if (FrequencyCase.Fits(folder))
            return new FrequencyCase(folder).Checks(trace);
        if (SchedulerCase.Fits(folder))
            return new SchedulerCase(folder).Checks(trace);
        throw new InvalidDataException(
            $"'{folder}' is not a folder of recordings: expected model/config.json, a run.json of a pipeline, an index.json with blends or videos, or JSON files of schedulers beside their tensors.");
    }

    private static CheckResult RunOne(Check check, IProgress<double> progress, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return check.Run(progress, cancellationToken);
        }
        catch (NotSupportedException exception)
        {
            return new CheckResult(check.Name, CheckStatus.NotSupported) { Detail = ErrorText.Of(exception) };
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return new CheckResult(check.Name, CheckStatus.Failed) { Detail = ErrorText.Of(exception) };
        }
    }
}

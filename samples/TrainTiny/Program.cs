using System.CommandLine;
using System.CommandLine.Invocation;
using Afterimage;
using Afterimage.Cli;
using Spectre.Console;
using TorchSharp;
using TrainTiny;
using TrainTiny.Pipeline;
using TrainTiny.Training;
using static TorchSharp.torch;

// Trains the small CogVideoX pipeline that ships with the samples, from clips that it draws itself. Interrupted, it goes on where it was
// when it is started again.
return Interruption.Run(cancellationToken => Run(args, cancellationToken), "Stopped. The same command goes on from here.");

static int Run(string[] args, CancellationToken cancellationToken)
{
    var defaults = new TrainingOptions();
    var target = new Argument<string>("FOLDER") { Description = "Where the pipeline goes, and the state of training." };
    var seed = NumberOption.Whole<int>("--seed", "What all random numbers come from.");
    var autoencoderSteps = NumberOption.Count("--autoencoder-steps", "The steps of the autoencoder.", defaults.AutoencoderSteps);
    var decoderSteps = NumberOption.Count("--decoder-steps", "The steps of the autoencoder's decoder alone.", defaults.DecoderSteps);
    var steps = NumberOption.Count("--steps", "The steps of transformer and text encoder.", defaults.DenoiserSteps);
    var clips = NumberOption.Count("--clips", "How many clips they and the decoder see.", defaults.Clips);
    var batch = NumberOption.Count("--batch", "Clips per step of theirs.", defaults.DenoiserBatch);
    var dtype = new Option<ScalarType>("--dtype") { Description = "The type to compute in.", DefaultValueFactory = _ => defaults.Type };
    var device = new Option<DeviceType>("--device") { Description = "Where to compute.", DefaultValueFactory = _ => DeviceType.CPU };
    dtype.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "bfloat16", "float32");
    device.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "cpu", "cuda");

    var command = new RootCommand("Trains a small CogVideoX pipeline on moving shapes.") { target, seed, autoencoderSteps, decoderSteps, steps, clips, batch, dtype, device };
    command.SetAction(Train);
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
        Console.Error.WriteLine(exception.Message);
        return 1;
    }

    void Train(ParseResult arguments)
    {
        var folder = new PipelineFolder(arguments.GetValue(target)!);
        var options = defaults with
        {
            Seed = arguments.GetValue(seed),
            AutoencoderSteps = arguments.GetValue(autoencoderSteps),
            DecoderSteps = arguments.GetValue(decoderSteps),
            DenoiserSteps = arguments.GetValue(steps),
            Clips = arguments.GetValue(clips),
            DenoiserBatch = arguments.GetValue(batch),
            Type = arguments.GetValue(dtype),
            Device = new Device(arguments.GetValue(device)),
        };
        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => PipelineTraining.Run(folder, Architecture.Tiny, options, new StageBars(context), cancellationToken));
        Console.WriteLine($"wrote {folder.Path}");
    }
}

using System.CommandLine;
using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary><c>afterimage bench load [MODEL]</c>: the time and the peak memory of loading weights.</summary>
internal static class LoadCommand
{
    public static Command Create()
    {
        var model = new Argument<string?>("MODEL")
        {
            Description = "A folder with a config.json and weights; one is made up, and deleted again, if not given.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var size = NumberOption.Count("--mib", "The MiB of weights to make up.", 2048);
        var saved = SubjectOptions.Dtype("--saved", "The type of the weights to make up.", "bfloat16");
        var dtype = SubjectOptions.Dtype("--dtype", "The type to hold the weights in.", "bfloat16");
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var (variant, revision) = (ModelOptions.Variant(), ModelOptions.Revision());

        var command = new Command("load", "Measure the time and the peak memory of loading weights.") { model, size, saved, dtype, json, variant, revision };
        foreach (var option in (Option[])[size, saved])
            command.RefuseWhere(option, result => result.GetValue(model) is not null, "it is for weights that are made up, and MODEL has its own.");
        foreach (var option in (Option[])[variant, revision])
            command.RefuseWhere(option, result => result.GetValue(model) is null, ModelOptions.NoModel);
        command.RefuseBefore("afterimage bench load [MODEL]");
        command.SetAction(async (arguments, cancellationToken) => arguments.GetValue(model) is { } folder
            ? LoadMeasurement.Run(
                HubCache.FolderOf(folder, arguments.GetValue(revision)), SubjectOptions.Parse(arguments.GetValue(dtype)!), arguments.GetValue(variant), arguments.GetValue(json), cancellationToken)
            : await RunOnMadeUp(
                (long)arguments.GetValue(size) << 20,
                SubjectOptions.Parse(arguments.GetValue(saved)!),
                arguments.GetValue(dtype)!,
                arguments.GetValue(json),
                cancellationToken));
        return command;
    }

    /// <summary>Makes weights up and loads them in a process of its own: this one's peak is that of writing them.</summary>
    private static async Task<int> RunOnMadeUp(long bytes, ScalarType saved, string dtype, bool json, CancellationToken cancellationToken)
    {
        DiskEstimate.Require($"--mib {bytes >> 20}", bytes, Path.GetTempPath());
        MemoryEstimate.Require(
            $"--mib {bytes >> 20}", (double)bytes * ModelSize.BytesOf(SubjectOptions.Parse(dtype)) / ModelSize.BytesOf(saved), "the weights", "ask for less");
        var folder = Directory.CreateTempSubdirectory("afterimage-load-").FullName;
        try
        {
            SyntheticCheckpoint.Write(folder, bytes, saved, cancellationToken);
            return await SelfProcess.Run(["bench", "load", folder, "--dtype", dtype, .. json ? ["--json"] : Array.Empty<string>()], cancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using Afterimage.Cli.Generate;
using Afterimage.Models;

namespace Afterimage.Cli.Tuning;

/// <summary>The pipeline that <c>calibrate</c> and <c>tune</c> are about, and how it generates.</summary>
/// <param name="Pipeline">What generates.</param>
/// <param name="Options">How, with the seed of the first film; each other has the next.</param>
/// <param name="Prompts">What films show.</param>
internal sealed record TuningRequest(PipelineChoice Pipeline, GenerationOptions Options, IReadOnlyList<string> Prompts)
{
    /// <summary>What a command line asks for.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="folder">The pipeline's folder.</param>
    /// <param name="prompts">A file of prompts; <see langword="null"/> for the usual ones.</param>
    /// <param name="usual">What films show if there is no file.</param>
    /// <param name="options">The options of the pipeline.</param>
    public static TuningRequest Of(ParseResult arguments, string folder, string? prompts, IReadOnlyList<string> usual, PipelineOptions options)
    {
        var pipeline = options.Pipeline(arguments, folder);
        return new TuningRequest(pipeline, options.Generation(arguments, pipeline), prompts is null ? usual : PromptFile.Read(prompts));
    }

    /// <summary>The name that files of a pipeline have if none is given.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Pipeline.Folder)));
}

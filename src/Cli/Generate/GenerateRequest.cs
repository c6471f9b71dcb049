using Afterimage.Models;

namespace Afterimage.Cli.Generate;

/// <summary>What <c>generate</c> was asked for.</summary>
/// <param name="Pipeline">What generates it.</param>
/// <param name="Prompts">What the films shall show.</param>
/// <param name="AreOfAFile">Whether the prompts are those of a file, which may be one only.</param>
/// <param name="Options">How they are generated, with the seed of the first prompt; each other has the next.</param>
/// <param name="Image">The picture that they begin with, if any.</param>
/// <param name="Cache">What is reused.</param>
/// <param name="Compare">Whether to generate without the cache too.</param>
/// <param name="Output">Where the films go, and how they are shown.</param>
/// <param name="Parallel">How the ranks that mpiexec has started share it; null where this process makes it alone.</param>
internal sealed record GenerateRequest(
    PipelineChoice Pipeline,
    IReadOnlyList<string> Prompts,
    bool AreOfAFile,
    GenerationOptions Options,
    string? Image,
    CacheChoice Cache,
    bool Compare,
    OutputOptions Output,
    ParallelLayout? Parallel = null);

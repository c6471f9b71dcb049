using Afterimage.Models;

namespace Afterimage.Cli.Generate;

/// <summary>What <c>generate</c> was asked for.</summary>
/// <param name="Pipeline">What generates it.</param>
/// <param name="Prompt">What the film shall show.</param>
/// <param name="Options">How it is generated.</param>
/// <param name="Image">The picture that it begins with, if any.</param>
/// <param name="Cache">What is reused.</param>
/// <param name="Compare">Whether to generate without the cache too.</param>
/// <param name="Target">Where the film goes, or null for a new file that is named after the prompt.</param>
/// <param name="FramesPerSecond">Its rate, or null for the usual one.</param>
internal sealed record GenerateRequest(
    PipelineChoice Pipeline,
    string Prompt,
    GenerationOptions Options,
    string? Image,
    CacheChoice Cache,
    bool Compare,
    string? Target,
    double? FramesPerSecond)
{
    /// <summary>The rate of films of which none is asked for.</summary>
    public const double UsualRate = 8;

    /// <summary>The rate of the film.</summary>
    public double Rate => FramesPerSecond ?? UsualRate;
}

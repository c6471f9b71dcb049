namespace Afterimage.Cli.Generate;

/// <summary>Where films go, and how they are shown.</summary>
/// <param name="Target">Where to, or null for new files that are named after their prompts.</param>
/// <param name="FramesPerSecond">Their rate, or null for the usual one.</param>
/// <param name="Scale">The sides of the square that a pixel becomes.</param>
/// <param name="AsGrid">Whether all films of a prompt are shown in one.</param>
internal sealed record OutputOptions(string? Target, double? FramesPerSecond, int Scale, bool AsGrid)
{
    private const double UsualRate = 8;

    /// <summary>The rate of the films.</summary>
    public double Rate => FramesPerSecond ?? UsualRate;
}

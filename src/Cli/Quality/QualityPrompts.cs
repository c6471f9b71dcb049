namespace Afterimage.Cli.Quality;

/// <summary>What films are made of if nothing else is said.</summary>
internal static class QualityPrompts
{
    /// <summary>
    /// 24 of moving shapes: every combination of a colour, a shape and a direction that samples/TrainTiny keeps from the model it trains,
    /// with sizes, speeds and grounds in turn.
    /// </summary>
    public static IReadOnlyList<string> HeldOut { get; } = PromptFile.Embedded("held-out-prompts.txt");
}

namespace Afterimage.Cli.Tuning;

/// <summary>What is generated if nothing else is said: of moving shapes, none of those that <c>quality</c> judges by, and none in both lists.</summary>
internal static class TuningPrompts
{
    /// <summary>What a calibration runs.</summary>
    public static IReadOnlyList<string> OfCalibration { get; } = PromptFile.Embedded("calibration-prompts.txt");

    /// <summary>What plans are measured on.</summary>
    public static IReadOnlyList<string> OfPlans { get; } = PromptFile.Embedded("tuning-prompts.txt");
}

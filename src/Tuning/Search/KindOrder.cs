namespace Afterimage.Tuning;

/// <summary>Which kinds of site are within which, and how many values a tuned plan keeps of each.</summary>
internal static class KindOrder
{
    /// <summary>Whether a kind's sites are left out where a step skips others: what is around them, or all that reads them.</summary>
    public static bool IsLeftOut(SiteKind kind, SkippedKinds skipped) => kind != SiteKind.Guidance && skipped.Kinds.Any(other => other != SiteKind.Guidance && LevelOf(other) > LevelOf(kind));

    /// <summary>How many values are kept: of outputs, which are small, more than of stacks; attention is handed out as it is.</summary>
    public static int DepthOf(SiteKind kind) => kind switch
    {
        SiteKind.OutputProjection => 3,
        SiteKind.BlockStack => 2,
        _ => 1,
    };

    private static int LevelOf(SiteKind kind) => kind switch
    {
        SiteKind.Model => 3,
        SiteKind.OutputProjection => 2,
        SiteKind.BlockStack => 1,
        _ => 0,
    };
}

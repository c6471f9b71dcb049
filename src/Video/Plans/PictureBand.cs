using Afterimage.Planning;
using SkiaSharp;

namespace Afterimage.Video;

/// <summary>A horizontal strip of the picture: a label on the left, and one row of cells per line on the right.</summary>
/// <param name="Label">What the strip shows.</param>
/// <param name="Remark">More about it, in small letters.</param>
/// <param name="Lines">How many lines of equal cells lie on top of each other.</param>
/// <param name="Colors">One colour per step.</param>
internal sealed record PictureBand(string Label, string Remark, int Lines, SKColor[] Colors)
{
    private const float SmallestHeight = 34;

    public float Height => Math.Max(SmallestHeight, Lines * (Lines > 40 ? 4f : 7f));

    /// <summary>The strips of a plan, one list per context: guidance, then the sites by what they do, then what is left alone.</summary>
    public static (string Context, PictureBand[] Bands)[] Of(CachePlan plan) =>
        [.. plan.Contexts.Select(context => (context, Bands(plan, [.. plan.RowsOf(context)])))];

    private static PictureBand[] Bands(CachePlan plan, PlanRow[] rows)
    {
        var guidance = plan.KeepsConditionalHalf
            ? [new PictureBand("guidance", "unconditional half", 1, [.. rows.Select(row => Palette.OfGuidance(plan.GuidanceOf(row)))])]
            : Array.Empty<PictureBand>();
        var touched = SiteGroup.Of(plan, touched: true).Select(group => new PictureBand(
            group.Label, RemarkOn(plan, group), group.Sites.Length, [.. rows.Select(row => ColorOf(plan, row, group.Sites[0]))]));
        var others = SiteGroup.Of(plan, touched: false).Select(group => new PictureBand(
            group.Label, $"{RemarkOn(plan, group)}, left alone", 1, [.. rows.Select(_ => Palette.LeftAlone)]));
        return [.. guidance, .. touched, .. others];
    }

    private static SKColor ColorOf(CachePlan plan, PlanRow row, int site) =>
        plan.IsUndecided(row, site) ? Palette.Undecided : Palette.Of(row.Cells[site]);

    private static string RemarkOn(CachePlan plan, SiteGroup group)
    {
        var kind = plan.Sites[group.Sites[0]].Kind switch
        {
            SiteKind.SpatialAttention => "spatial attention",
            SiteKind.TemporalAttention => "temporal attention",
            SiteKind.CrossAttention => "cross attention",
            SiteKind.BlockStack => "stack of blocks",
            SiteKind.BlockOutput => "block",
            SiteKind.OutputProjection => "output projection",
            SiteKind.Model => "whole model",
            SiteKind.PromptProjection => "prompt projection",
            _ => "feed-forward",
        };
        return group.Sites.Length == 1 ? kind : $"×{group.Sites.Length}  {kind}";
    }
}

using Afterimage.Planning;
using SkiaSharp;

namespace Afterimage.Video;

/// <summary>The colours of a plan's picture. Work is blue, what a cache saves is warm.</summary>
internal static class Palette
{
    public static readonly SKColor Paper = SKColors.White;
    public static readonly SKColor Ink = new(0x1F, 0x29, 0x33);
    public static readonly SKColor PaleInk = new(0x6B, 0x77, 0x85);
    public static readonly SKColor Kept = new(0x1F, 0x4E, 0x8C);
    public static readonly SKColor Computed = new(0x8F, 0xAE, 0xD6);
    public static readonly SKColor Reused = new(0xF4, 0xB9, 0x42);
    public static readonly SKColor LeftAlone = new(0xE2, 0xE6, 0xEB);
    public static readonly SKColor HalfSkipped = new(0x5B, 0xB5, 0x8B);
    public static readonly SKColor Predicted = new(0xD9, 0x7B, 0xB0);
    public static readonly SKColor LeftOut = new(0xF6, 0xE7, 0xC1);
    public static readonly SKColor Undecided = new(0xB9, 0xA5, 0xD8);

    private static readonly SKColor CombinedLightly = new(0xF7, 0xC3, 0xA6);
    private static readonly SKColor CombinedStrongly = new(0xBE, 0x2F, 0x4B);

    public static SKColor Of(PlanCell cell) => cell.Action switch
    {
        SiteAction.Compute => cell.Stores ? Kept : Computed,
        SiteAction.Reuse => Reused,
        SiteAction.LeftOut => LeftOut,
        _ when !cell.Stores => Predicted,
        _ => Combined(PlanTable.Weight(cell) ?? 1),
    };

    public static SKColor OfGuidance(PlanCell cell) => cell.IsComputed ? Of(cell) : HalfSkipped;

    /// <summary>Darker the further from the newest value; weights beyond 1 look like 1.</summary>
    public static SKColor Combined(double weight)
    {
        var share = Math.Clamp(Math.Abs(weight), 0, 1);
        return new SKColor(
            Between(CombinedLightly.Red, CombinedStrongly.Red), Between(CombinedLightly.Green, CombinedStrongly.Green),
            Between(CombinedLightly.Blue, CombinedStrongly.Blue));

        byte Between(byte from, byte to) => (byte)Math.Round(from + (to - from) * share);
    }
}

namespace Afterimage;

/// <summary>How the results of one site are kept.</summary>
/// <param name="Values">How many are held at once; 0: none, because no row reads one.</param>
/// <param name="Dtype">The type they are held in.</param>
/// <param name="HoldsDifferences">
/// Whether the newest result and its divided differences (orders 1, 2, …) are held, and not the results themselves: what a Taylor
/// series takes.
/// </param>
public readonly record struct SlotLayout(int Values, SlotDtype Dtype = SlotDtype.Native, bool HoldsDifferences = false)
{
    /// <summary>The bytes that are held of one site.</summary>
    internal long Bytes(SiteProfile site) => Values * (Dtype.ElementSize() is { } size
        ? (site.Elements * size) + (Dtype.IsScaled() ? site.Rows * sizeof(float) : 0)
        : site.Bytes);
}

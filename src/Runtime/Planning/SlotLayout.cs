using TorchSharp;

namespace Afterimage;

/// <summary>How the results of one site are kept.</summary>
/// <param name="Values">How many are held at once; 0: none, because no row reads one.</param>
/// <param name="Dtype">The type they are held in.</param>
/// <param name="HoldsDifferences">
/// Whether the newest result and its divided differences (orders 1, 2, …) are held, and not the results themselves: what a Taylor
/// series takes.
/// </param>
/// <param name="OnHost">Whether they are held in the host's memory where the model is on another device.</param>
public readonly record struct SlotLayout(int Values, SlotDtype Dtype = SlotDtype.Native, bool HoldsDifferences = false, bool OnHost = false)
{
    /// <summary>Of guidance: its low and its high frequencies. They are few, and what is wrong with them the guidance scale multiplies, so no setting makes them smaller.</summary>
    internal static SlotLayout OfGuidance { get; } = new(2, SlotDtype.Float32);

    /// <summary>The bytes that are held of one site.</summary>
    internal long Bytes(SiteProfile site) => Bytes(site.Elements, site.Rows, site.Bytes);

    /// <summary>The bytes that are held of results of a size.</summary>
    /// <param name="elements">Of one result.</param>
    /// <param name="rows">Of its last dimension.</param>
    /// <param name="nativeBytes">Its size in the type that it comes in.</param>
    internal long Bytes(long elements, long rows, long nativeBytes) => Values * (
        (Dtype.StoredType() is { } type ? elements * type.ElementSize() : nativeBytes)
        + (Dtype.IsScaled() ? rows * sizeof(float) : 0));
}

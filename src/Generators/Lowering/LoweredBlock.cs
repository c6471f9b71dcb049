namespace Afterimage.Generators.Lowering;

/// <summary>A block as it is emitted.</summary>
/// <param name="Spec">What was parsed.</param>
/// <param name="Kept">Per site, the elements of its result that are kept.</param>
/// <param name="Variants">One per subset of skipped sites; the index is the mask.</param>
internal sealed record LoweredBlock(BlockSpec Spec, EquatableArray<KeptElements> Kept, EquatableArray<Variant> Variants);

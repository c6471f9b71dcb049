namespace Afterimage.Generators.Lowering;

/// <summary>A block as it is emitted.</summary>
/// <param name="Spec">What was parsed.</param>
/// <param name="Kept">Per site, the elements of its result that are kept.</param>
/// <param name="LeftOutWith">Per site, the mask of those of which each alone, when it is skipped, leaves nothing that reads its result.</param>
/// <param name="Modules">Per site, the members whose modules do not run where it is skipped, those of its own statement first.</param>
/// <param name="Variants">One per subset of skipped sites, by its mask, and one more where stacks can be left after their first blocks.</param>
internal sealed record LoweredBlock(
    BlockSpec Spec, EquatableArray<KeptElements> Kept, EquatableArray<int> LeftOutWith, EquatableArray<EquatableArray<string>> Modules, EquatableArray<Variant> Variants);

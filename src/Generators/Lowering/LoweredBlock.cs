namespace Afterimage.Generators.Lowering;

/// <summary>A block, or a model with sites of its own, as it is emitted.</summary>
/// <param name="Spec">What was parsed.</param>
/// <param name="Kept">Per site, the elements of its result that are kept.</param>
/// <param name="Variants">One per subset of skipped sites; the index is the mask.</param>
internal sealed record LoweredBlock(BlockSpec Spec, EquatableArray<KeptElements> Kept, EquatableArray<Variant> Variants)
{
    /// <summary>The mask of the first variant with the same statements: where the output is skipped, it does not matter which stacks are.</summary>
    public int First(int mask) => Enumerable.Range(0, mask + 1).First(earlier => Variants[earlier].Steps.Equals(Variants[mask].Steps));

    /// <summary>The variants that have a method of their own.</summary>
    public IEnumerable<Variant> Methods => Variants.Where(variant => First(variant.Mask) == variant.Mask);

    /// <summary>Of a stack, the other sites of which each one that is skipped leaves it out, as a mask.</summary>
    public int LeftOutWith(int stack) => Enumerable.Range(0, Spec.Sites.Count)
        .Where(site => site != stack && Variants[1 << site].Steps[Spec.Sites[stack].Statement].Kind == StepKind.Omit)
        .Sum(site => 1 << site);
}

using System.Collections.Immutable;

namespace Afterimage;

/// <summary>What one full forward of a model costs on inputs of one size; with it a plan can be priced.</summary>
/// <param name="Sites">The sites, in any order.</param>
/// <param name="OutputElements">
/// The number of elements of the model's output, both halves of guidance where both are in the batch.
/// </param>
/// <param name="TotalFlops">Floating-point operations of the whole forward.</param>
public sealed record ModelProfile(ImmutableArray<SiteProfile> Sites, long OutputElements, long TotalFlops)
{
    /// <inheritdoc/>
    public bool Equals(ModelProfile? other) =>
        other is not null && OutputElements == other.OutputElements && TotalFlops == other.TotalFlops
        && Sites.SequenceEqual(other.Sites);

    /// <inheritdoc/>
    public override int GetHashCode() => Sites.Aggregate(HashCode.Combine(OutputElements, TotalFlops), HashCode.Combine);
}

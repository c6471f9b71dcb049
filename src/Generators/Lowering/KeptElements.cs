namespace Afterimage.Generators.Lowering;

/// <summary>The elements of a site's result that something reads afterwards.</summary>
/// <param name="Indices">Indices into the site's elements; the position in this list is the tensor's number in its slot.</param>
/// <param name="Copied">Those that leave the block as they are, so that they must be copies.</param>
/// <param name="Carried">Indices of those that only the blocks of a stack hand on; they are numbered after the others.</param>
internal sealed record KeptElements(EquatableArray<int> Indices, EquatableArray<int> Copied, EquatableArray<int> Carried);

namespace Afterimage;

/// <summary>What one site of a model costs in one full forward.</summary>
/// <param name="Name">The site's full name.</param>
/// <param name="Elements">
/// The number of elements that a history keeps of its result, both halves of guidance where both are in the batch.
/// </param>
/// <param name="Rows">How many rows of the last dimension they are.</param>
/// <param name="Bytes">Their size in the type that they come in.</param>
/// <param name="Flops">Floating-point operations inside the site's module.</param>
public sealed record SiteProfile(string Name, long Elements, long Rows, long Bytes, long Flops);

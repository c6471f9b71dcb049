namespace Afterimage;

/// <summary>What one site of a model costs in one full forward.</summary>
/// <param name="Name">The site's full name.</param>
/// <param name="Bytes">
/// The size of the tensors that a history keeps of its result, both halves of guidance where both are in the batch.
/// </param>
/// <param name="Flops">Floating-point operations inside the site's module.</param>
public sealed record SiteProfile(string Name, long Bytes, long Flops);

namespace Afterimage;

/// <summary>A site of a model.</summary>
/// <param name="Name">The module's full name in the model, such as <c>transformer_blocks.0.attn1</c>.</param>
/// <param name="Kind">What the site is.</param>
public sealed record CacheSite(string Name, SiteKind Kind);

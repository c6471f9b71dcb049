namespace Afterimage.Generators.Model;

/// <summary>Names of a model's generated members and of their parameters, none of which the author uses.</summary>
internal sealed record ModelNames(
    string Delegate, string Uncached, string Cached, string Cache, string Selected, string CachedForward, string Self, string Step);

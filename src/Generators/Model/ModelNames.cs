namespace Afterimage.Generators.Model;

/// <summary>Names of a model's generated members and of their parameters, none of which the author uses.</summary>
/// <param name="Direct">The field that calls the variant which is selected outside of a cached forward, where there are sites.</param>
internal sealed record ModelNames(string Direct, string Cached, string Cache, string Selected, string CachedForward, string Step, string Result);

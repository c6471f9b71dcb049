namespace Afterimage.Generators.Model;

/// <summary>Names of a model's generated members and of their locals, none of which the author uses.</summary>
internal sealed record ModelNames(string Cache, string CachedForward, string Step, string Result);

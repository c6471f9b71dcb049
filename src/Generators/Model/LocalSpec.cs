namespace Afterimage.Generators.Model;

/// <summary>A local and its type.</summary>
internal sealed record LocalSpec(string Name, string Type);

namespace Afterimage.Generators.Model;

/// <summary>What a class is nested in, from the file inwards.</summary>
/// <param name="Namespaces">The file itself (with an empty name), then its namespaces.</param>
/// <param name="Types">Declarations of the containing types.</param>
internal sealed record ScopeSpec(EquatableArray<NamespaceSpec> Namespaces, EquatableArray<string> Types);

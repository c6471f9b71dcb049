namespace Afterimage.Generators.Model;

/// <summary>What a class is nested in, from the file inwards.</summary>
/// <param name="Symbols">The author's <c>#define</c> and <c>#undef</c> directives, which decide whether conditional calls are made.</param>
/// <param name="Namespaces">The file itself (with an empty name), then its namespaces.</param>
/// <param name="Types">Declarations of the containing types.</param>
internal sealed record ScopeSpec(EquatableArray<string> Symbols, EquatableArray<NamespaceSpec> Namespaces, EquatableArray<string> Types);

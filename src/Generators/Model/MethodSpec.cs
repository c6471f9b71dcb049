namespace Afterimage.Generators.Model;

/// <summary>The signature of an author's method.</summary>
internal sealed record MethodSpec(string Name, string ReturnType, EquatableArray<ParameterSpec> Parameters);

namespace Afterimage.Generators.Model;

/// <summary>A namespace, or the file around all of them.</summary>
/// <param name="Name">As declared; empty for the file.</param>
/// <param name="IsFileScoped">Whether it is declared without braces.</param>
/// <param name="Usings">The author's using directives at this level, extern aliases first.</param>
internal sealed record NamespaceSpec(string Name, bool IsFileScoped, EquatableArray<string> Usings);

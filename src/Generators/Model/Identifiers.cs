using Microsoft.CodeAnalysis.CSharp;

namespace Afterimage.Generators.Model;

/// <summary>Names as they are written.</summary>
internal static class Identifiers
{
    /// <summary>The name, with the sign that a keyword needs to be one, also where only its place would make it a keyword.</summary>
    public static string Escaped(this string name) => IsKeyword(name) ? $"@{name}" : name;

    private static bool IsKeyword(string name) =>
        name != "_" && (SyntaxFacts.GetKeywordKind(name) != SyntaxKind.None || SyntaxFacts.GetContextualKeywordKind(name) != SyntaxKind.None);
}

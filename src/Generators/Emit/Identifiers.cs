using Microsoft.CodeAnalysis.CSharp;

namespace Afterimage.Generators.Emit;

/// <summary>Names as they are written.</summary>
internal static class Identifiers
{
    /// <summary>The name, with the sign that a keyword needs to be one.</summary>
    public static string Escaped(this string name) => SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None ? name : $"@{name}";
}

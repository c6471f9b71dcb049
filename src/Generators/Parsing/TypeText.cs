using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Types as text that binds in the generated file.</summary>
internal static class TypeText
{
    private static readonly SymbolDisplayFormat s_format = SymbolDisplayFormat.FullyQualifiedFormat.AddMiscellaneousOptions(
        SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);

    public static string Of(ITypeSymbol type) => string.Concat(type.ToDisplayParts(s_format).Select(TextOf));

    /// <summary>The author's own text where the generated file has the usings it was written under.</summary>
    public static string Of(TypeSyntax? syntax, ITypeSymbol type, SyntaxTree usings) =>
        syntax is not null && syntax.SyntaxTree == usings && !syntax.DescendantTrivia().Any(trivia => !IsBlank(trivia))
            ? string.Join(" ", syntax.ToString().Split((char[])[' ', '\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries))
            : Of(type);

    /// <summary>A class as it is named inside of itself: by its name alone, unless a base class has a type of that name.</summary>
    public static string InsideOf(INamedTypeSymbol type)
    {
        for (var current = type.BaseType; current is not null; current = current.BaseType)
        {
            if (current.GetTypeMembers(type.Name).Length > 0)
            {
                return Of(type);
            }
        }

        return type.Name.Escaped();
    }

    private static bool IsBlank(SyntaxTrivia trivia) => trivia.Kind() is SyntaxKind.WhitespaceTrivia or SyntaxKind.EndOfLineTrivia;

    // Names of tuples' elements are displayed without the sign of a keyword.
    private static string TextOf(SymbolDisplayPart part) =>
        part.Kind == SymbolDisplayPartKind.FieldName ? part.ToString().TrimStart('@').Escaped() : part.ToString();
}

using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Types as text that binds in the generated file.</summary>
internal static class TypeText
{
    private static readonly SymbolDisplayFormat s_format = SymbolDisplayFormat.FullyQualifiedFormat.AddMiscellaneousOptions(
        SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);

    public static string Of(ITypeSymbol type) => type.ToDisplayString(s_format);

    /// <summary>The author's own text where the generated file has the usings it was written under.</summary>
    public static string Of(TypeSyntax? syntax, ITypeSymbol type, SyntaxTree usings) =>
        syntax is not null && syntax.SyntaxTree == usings && !syntax.ContainsDirectives
            ? string.Join(" ", syntax.ToString().Split((char[])[' ', '\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries))
            : Of(type);
}

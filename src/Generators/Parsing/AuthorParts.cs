using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>The parts of a class that its author wrote.</summary>
internal static class AuthorParts
{
    /// <summary>Every declaration of a type but our own, which an analyzer gets to see and a generator does not.</summary>
    public static IEnumerable<TypeDeclarationSyntax> Of(INamedTypeSymbol type, CancellationToken cancellation) =>
        type.DeclaringSyntaxReferences
            .Select(reference => reference.GetSyntax(cancellation))
            .OfType<TypeDeclarationSyntax>()
            .Where(part => !IsGenerated(part));

    /// <summary>Whether a part is our own.</summary>
    public static bool IsGenerated(TypeDeclarationSyntax part) =>
        part.Members.Any(member => member.AttributeLists
            .SelectMany(list => list.Attributes)
            .Any(attribute => attribute.ArgumentList?.Arguments.FirstOrDefault()?.Expression is LiteralExpressionSyntax literal
                && literal.Token.ValueText == GeneratorInfo.Name));
}

using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Which types carry our attributes.</summary>
internal static class Annotations
{
    /// <summary>The author's parts of a type that carries one, on itself or a method; none of any other type. A type without attributes is never bound.</summary>
    public static IReadOnlyList<TypeDeclarationSyntax> PartsOf(INamedTypeSymbol type, CancellationToken cancellation)
    {
        TypeDeclarationSyntax[] parts = [.. AuthorParts.Of(type, cancellation)];
        return parts.Any(HasAttributes) && AreOn(type) ? parts : [];
    }

    /// <summary>Whether a type, or a method of it, carries one.</summary>
    private static bool AreOn(INamedTypeSymbol type) =>
        type.GetAttributes().Any(attribute => KnownSymbols.SiteKindOf(attribute) is not null)
        || KnownSymbols.HasAttribute(type, "BlockOutputAttribute")
        || KnownSymbols.HasAttribute(type, "CacheableModelAttribute")
        || HasCachedForward(type);

    /// <summary>Whether a type has a method that is marked.</summary>
    public static bool HasCachedForward(INamedTypeSymbol type) =>
        type.GetMembers().Any(member => member is IMethodSymbol && KnownSymbols.HasAttribute(member, "CachedForwardAttribute"));

    private static bool HasAttributes(TypeDeclarationSyntax part) =>
        part.AttributeLists.Count > 0 || part.Members.Any(member => member is MethodDeclarationSyntax { AttributeLists.Count: > 0 });
}

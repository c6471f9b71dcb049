using Microsoft.CodeAnalysis;

namespace Afterimage.Generators.Parsing;

/// <summary>Recognises the types and attributes that matter, by name.</summary>
internal static class KnownSymbols
{
    /// <summary>The kind of site that an attribute marks; null for any other attribute.</summary>
    public static string? SiteKindOf(AttributeData attribute) =>
        attribute.AttributeClass?.BaseType is { Name: "SiteAttribute" } && IsOurs(attribute.AttributeClass)
            ? attribute.AttributeClass.Name.Replace("Attribute", string.Empty)
            : null;

    public static AttributeData? FindAttribute(ISymbol symbol, string name) =>
        symbol.GetAttributes().FirstOrDefault(attribute => attribute.AttributeClass is { } type && type.Name == name && IsOurs(type));

    public static bool HasAttribute(ISymbol symbol, string name) => FindAttribute(symbol, name) is not null;

    public static bool IsTensor(ITypeSymbol? type) =>
        type is { Name: "Tensor", ContainingType: { Name: "torch", ContainingNamespace.Name: "TorchSharp" } };

    public static bool IsTensorArithmetic(ITypeSymbol? type) =>
        type is { Name: "TensorArithmetic", ContainingNamespace: { Name: "Afterimage", ContainingNamespace.IsGlobalNamespace: true } };

    public static bool IsDisposeScope(ITypeSymbol? type) => type is { Name: "DisposeScope", ContainingNamespace.Name: "TorchSharp" };

    /// <summary>Whether a type is TorchSharp's Module or derives from it.</summary>
    public static bool IsModule(ITypeSymbol? type)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current is INamedTypeSymbol { Name: "Module", Arity: 0, ContainingType: { Name: "nn", ContainingType.Name: "torch" } })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The tensors of a site's result: one, or the elements of a tuple of tensors; null for anything else.</summary>
    public static IReadOnlyList<string>? TensorsOf(ITypeSymbol? type)
    {
        if (IsTensor(type))
        {
            return type!.NullableAnnotation == NullableAnnotation.Annotated ? null : [string.Empty];
        }

        return type is INamedTypeSymbol { IsTupleType: true } tuple
            && tuple.TupleElements.All(element => TensorsOf(element.Type) is not null && IsTensor(element.Type))
            ? [.. tuple.TupleElements.Select(element => element.IsExplicitlyNamedTupleElement ? element.Name : string.Empty)]
            : null;
    }

    /// <summary>Whether a type is declared in TorchSharp's torch class, at any depth.</summary>
    public static bool IsInTorch(INamedTypeSymbol? type)
    {
        for (; type is not null; type = type.ContainingType)
        {
            if (type is { Name: "torch", ContainingNamespace: { Name: "TorchSharp", ContainingNamespace.IsGlobalNamespace: true } })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a parameter is a variable of the method; one of a primary constructor is a field in disguise.</summary>
    public static bool IsVariable(IParameterSymbol parameter) =>
        parameter is { RefKind: RefKind.None, ContainingSymbol: IMethodSymbol { MethodKind: not MethodKind.Constructor } };

    public static bool IsOurs(INamedTypeSymbol type) =>
        type.ContainingNamespace is { Name: "Afterimage", ContainingNamespace.IsGlobalNamespace: true };
}

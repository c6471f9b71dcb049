using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>Which constructors only store their arguments.</summary>
internal static class PureCreations
{
    public static bool IsPure(IObjectCreationOperation creation)
    {
        if (creation.Initializer is not null || creation.Constructor is not { } constructor)
        {
            return false;
        }

        var type = constructor.ContainingType;
        return type.IsTupleType
            || type is { IsValueType: true, ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } }
            || type is { IsValueType: true, ContainingAssembly.Name: "TorchSharp" }
            || (type.IsValueType && constructor is { IsImplicitlyDeclared: true, Parameters.Length: 0 } && !HasInitializers(type))
            || IsPlainRecord(type, constructor);
    }

    // The primary constructor of a record that derives from nothing and initialises nothing else.
    private static bool IsPlainRecord(INamedTypeSymbol type, IMethodSymbol constructor) =>
        type.IsRecord
        && type.BaseType?.SpecialType is SpecialType.System_Object or SpecialType.System_ValueType
        && constructor.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is RecordDeclarationSyntax
        && !HasInitializers(type);

    private static bool HasInitializers(INamedTypeSymbol type) =>
        type.DeclaringSyntaxReferences.IsEmpty
        || type.DeclaringSyntaxReferences
            .SelectMany(reference => ((TypeDeclarationSyntax)reference.GetSyntax()).Members)
            .Any(member => member switch
            {
                PropertyDeclarationSyntax property => property.Initializer is not null,
                FieldDeclarationSyntax field => field.Declaration.Variables.Any(variable => variable.Initializer is not null),
                _ => false,
            });
}

using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Reads what surrounds a class: usings and namespaces at their nesting, and containing types.</summary>
internal static class ScopeParser
{
    public static ScopeSpec Parse(TypeDeclarationSyntax declaration)
    {
        var namespaces = new List<NamespaceSpec>();
        var types = new List<string>();
        foreach (var ancestor in declaration.Ancestors())
        {
            switch (ancestor)
            {
                case BaseNamespaceDeclarationSyntax ns:
                    namespaces.Insert(0, new(ns.Name.ToString(), ns is FileScopedNamespaceDeclarationSyntax, Usings(ns.Externs, ns.Usings)));
                    break;
                case CompilationUnitSyntax unit:
                    namespaces.Insert(0, new(string.Empty, false, Usings(unit.Externs, unit.Usings)));
                    break;
                case TypeDeclarationSyntax type:
                    types.Insert(0, Declaration(type));
                    break;
            }
        }

        return new ScopeSpec(namespaces.ToEquatableArray(), types.ToEquatableArray());
    }

    public static string Declaration(TypeDeclarationSyntax type)
    {
        var keyword = type is RecordDeclarationSyntax { ClassOrStructKeyword.ValueText: { Length: > 0 } kind }
            ? $"record {kind}"
            : type.Keyword.ValueText;
        return $"partial {keyword} {type.Identifier}{type.TypeParameterList}";
    }

    private static EquatableArray<string> Usings(SyntaxList<ExternAliasDirectiveSyntax> externs, SyntaxList<UsingDirectiveSyntax> usings) =>
        externs.Select(directive => directive.ToString())
            .Concat(usings.Where(directive => !directive.GlobalKeyword.IsKind(SyntaxKind.GlobalKeyword)).Select(directive => directive.ToString()))
            .ToEquatableArray();
}

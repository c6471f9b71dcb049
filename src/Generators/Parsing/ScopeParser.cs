using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Reads what surrounds a class: usings and namespaces at their nesting, and containing types.</summary>
internal static class ScopeParser
{
    public static ScopeSpec Parse(TypeDeclarationSyntax declaration, SemanticModel model)
    {
        var namespaces = new List<NamespaceSpec>();
        var types = new List<string>();
        foreach (var ancestor in declaration.Ancestors())
        {
            switch (ancestor)
            {
                case BaseNamespaceDeclarationSyntax ns:
                    namespaces.Insert(0, new(ns.Name.ToString(), ns is FileScopedNamespaceDeclarationSyntax, Usings(ns.Externs, ns.Usings, model)));
                    break;
                case CompilationUnitSyntax unit:
                    namespaces.Insert(0, new(string.Empty, false, Usings(unit.Externs, unit.Usings, model)));
                    break;
                case TypeDeclarationSyntax type:
                    types.Insert(0, Declaration(type));
                    break;
            }
        }

        return new ScopeSpec(Symbols(declaration).ToEquatableArray(), namespaces.ToEquatableArray(), types.ToEquatableArray());
    }

    public static string Declaration(TypeDeclarationSyntax type)
    {
        var keyword = type is RecordDeclarationSyntax { ClassOrStructKeyword.ValueText: { Length: > 0 } kind }
            ? $"record {kind}"
            : type.Keyword.ValueText;
        // Per part: without it the author's signature may not be said.
        var context = type.Modifiers.Any(SyntaxKind.UnsafeKeyword) ? "unsafe " : string.Empty;
        return $"{context}partial {keyword} {type.Identifier}{type.TypeParameterList}";
    }

    // They stand before everything else in their file.
    private static IEnumerable<string> Symbols(TypeDeclarationSyntax declaration) =>
        declaration.SyntaxTree.GetRoot().GetLeadingTrivia()
            .Select(trivia => trivia.GetStructure())
            .Where(directive => directive is DefineDirectiveTriviaSyntax { IsActive: true } or UndefDirectiveTriviaSyntax { IsActive: true })
            .Select(directive => directive!.ToString().Trim());

    private static EquatableArray<string> Usings(
        SyntaxList<ExternAliasDirectiveSyntax> externs, SyntaxList<UsingDirectiveSyntax> usings, SemanticModel model) =>
        externs.Select(directive => directive.ToString())
            .Concat(usings.Where(directive => BindsElsewhere(directive, model)).Select(directive => directive.ToString().Replace("\r\n", "\n")))
            .ToEquatableArray();

    // Global ones are in force already, and a type that is local to the author's file is not to be had in another.
    private static bool BindsElsewhere(UsingDirectiveSyntax directive, SemanticModel model) =>
        !directive.GlobalKeyword.IsKind(SyntaxKind.GlobalKeyword)
        && (!FileLocalUses.AreDeclared(directive.SyntaxTree)
            || !directive.NamespaceOrType.DescendantNodesAndSelf().Any(node => FileLocalUses.TypeIn(model.GetSymbolInfo(node).Symbol) is not null));
}

using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Finds what a body uses of types that only its own file has: variants are written to another one.</summary>
internal static class FileLocalUses
{
    /// <summary>Reports the first use of each statement.</summary>
    public static void Check(BlockSyntax body, SemanticModel model, Findings findings)
    {
        if (!AreDeclared(body.SyntaxTree))
        {
            return;
        }

        foreach (var statement in body.Statements)
        {
            // A name is blamed before the expression around it; an operator or a conversion has none.
            foreach (var node in statement.DescendantNodesAndSelf().OrderBy(OrderOfBlame))
            {
                if (SymbolsOf(node, model).Select(TypeIn).FirstOrDefault(type => type is not null) is { } type)
                {
                    var method = body.FirstAncestorOrSelf<MethodDeclarationSyntax>()!;
                    findings.Add(Rules.FileLocalUse, TokenOf(node).GetLocation(), type.Name, method.Identifier.ValueText);
                    break;
                }
            }
        }
    }

    /// <summary>Whether a file declares any, which are always at the top of it or in a namespace.</summary>
    public static bool AreDeclared(SyntaxTree tree) => tree.GetRoot()
        .DescendantNodes(node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
        .Any(node => node switch
        {
            BaseTypeDeclarationSyntax type => type.Modifiers.Any(SyntaxKind.FileKeyword),
            DelegateDeclarationSyntax type => type.Modifiers.Any(SyntaxKind.FileKeyword),
            _ => false,
        });

    /// <summary>The file-local type that a symbol is, is a member of, or is made with.</summary>
    public static INamedTypeSymbol? TypeIn(ISymbol? symbol) => symbol switch
    {
        INamedTypeSymbol { IsFileLocal: true } type => type,
        INamedTypeSymbol type => TypeIn(type.ContainingType) ?? First(type.TypeArguments),
        IArrayTypeSymbol array => TypeIn(array.ElementType),
        IMethodSymbol method => TypeIn(method.ContainingType) ?? First(method.TypeArguments),
        IFieldSymbol or IPropertySymbol or IEventSymbol => TypeIn(symbol.ContainingType),
        _ => null,
    };

    private static INamedTypeSymbol? First(IEnumerable<ITypeSymbol> types) => types.Select(TypeIn).FirstOrDefault(type => type is not null);

    private static IEnumerable<ISymbol?> SymbolsOf(SyntaxNode node, SemanticModel model)
    {
        switch (node)
        {
            case CommonForEachStatementSyntax loop:
                var info = model.GetForEachStatementInfo(loop);
                yield return info.GetEnumeratorMethod;
                yield return info.ElementConversion.MethodSymbol;
                break;
            case AssignmentExpressionSyntax { Left: TupleExpressionSyntax or DeclarationExpressionSyntax } assignment:
                yield return model.GetDeconstructionInfo(assignment).Method;
                break;
            case QueryClauseSyntax clause:
                yield return model.GetQueryClauseInfo(clause).OperationInfo.Symbol;
                break;
        }

        if (node is ExpressionSyntax expression)
        {
            yield return model.GetConversion(expression).MethodSymbol;
            if (node.Parent.IsKind(SyntaxKind.CollectionInitializerExpression))
            {
                yield return model.GetCollectionInitializerSymbolInfo(expression).Symbol;
            }
        }

        var found = model.GetSymbolInfo(node);
        yield return found.Symbol ?? found.CandidateSymbols.FirstOrDefault();
    }

    private static int OrderOfBlame(SyntaxNode node) => node switch
    {
        IdentifierNameSyntax => 0,
        GenericNameSyntax => 1,
        _ => 2,
    };

    private static SyntaxToken TokenOf(SyntaxNode node) => node switch
    {
        BinaryExpressionSyntax binary => binary.OperatorToken,
        AssignmentExpressionSyntax assignment => assignment.OperatorToken,
        _ => node.GetFirstToken(),
    };
}

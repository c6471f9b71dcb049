using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Tests.Driving;

/// <summary>Finds what can make the processor choose.</summary>
internal static class Branches
{
    /// <summary>The branching nodes under a node, as text.</summary>
    public static IReadOnlyList<string> In(SyntaxNode root) => [.. root.DescendantNodesAndSelf().Where(IsBranch).Select(node => node.ToString())];

    public static IReadOnlyList<string> In(string code) => In(CSharpSyntaxTree.ParseText(code, Compilations.ParseOptions).GetRoot());

    private static bool IsBranch(SyntaxNode node) => node switch
    {
        IfStatementSyntax or SwitchStatementSyntax or SwitchExpressionSyntax or ConditionalExpressionSyntax => true,
        ForStatementSyntax or CommonForEachStatementSyntax or WhileStatementSyntax or DoStatementSyntax => true,
        GotoStatementSyntax or TryStatementSyntax or ConditionalAccessExpressionSyntax or IsPatternExpressionSyntax => true,
        _ => node.Kind() is SyntaxKind.CoalesceExpression or SyntaxKind.CoalesceAssignmentExpression
            or SyntaxKind.LogicalAndExpression or SyntaxKind.LogicalOrExpression,
    };
}

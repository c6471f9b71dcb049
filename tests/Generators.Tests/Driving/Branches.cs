using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Tests.Driving;

/// <summary>Finds what can make the processor choose.</summary>
internal static partial class Branches
{
    /// <summary>The branching nodes under a node, as text.</summary>
    public static IReadOnlyList<string> In(SyntaxNode root) => [.. root.DescendantNodesAndSelf().Where(IsBranch).Select(node => node.ToString())];

    /// <summary>The author's loops go through a part of their blocks in a gated variant, and are the same otherwise.</summary>
    public static IReadOnlyList<string> OfAuthors(string code) => In(Gate().Replace(code, "$1"));

    public static IReadOnlyList<string> In(string code) => In(CSharpSyntaxTree.ParseText(code, Compilations.ParseOptions).GetRoot());

    [GeneratedRegex(@"_\w+Slot\.(?:Head|Rest|Tail)\(([\w.@]+)\)")]
    private static partial Regex Gate();

    private static bool IsBranch(SyntaxNode node) => node switch
    {
        IfStatementSyntax or SwitchStatementSyntax or SwitchExpressionSyntax or ConditionalExpressionSyntax => true,
        ForStatementSyntax or CommonForEachStatementSyntax or WhileStatementSyntax or DoStatementSyntax => true,
        GotoStatementSyntax or TryStatementSyntax or ConditionalAccessExpressionSyntax or IsPatternExpressionSyntax => true,
        _ => node.Kind() is SyntaxKind.CoalesceExpression or SyntaxKind.CoalesceAssignmentExpression
            or SyntaxKind.LogicalAndExpression or SyntaxKind.LogicalOrExpression,
    };
}

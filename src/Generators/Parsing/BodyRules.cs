using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Refuses what a body must not contain, so that slicing stays sound.</summary>
internal static class BodyRules
{
    public static void Check(MethodDeclarationSyntax method, Findings findings)
    {
        foreach (var modifier in method.Modifiers)
        {
            if (modifier.Kind() is SyntaxKind.AsyncKeyword or SyntaxKind.UnsafeKeyword or SyntaxKind.StaticKeyword)
            {
                Refuse(modifier.GetLocation(), $"'{modifier.ValueText}'");
            }
        }

        if (method.Body is null && method.ExpressionBody is null)
        {
            Refuse(method.Identifier.GetLocation(), "A method without a body");
            return;
        }

        var body = (SyntaxNode?)method.Body ?? method.ExpressionBody!;
        foreach (var trivia in body.DescendantTrivia().Where(trivia => trivia.Kind() is SyntaxKind.IfDirectiveTrivia or SyntaxKind.LineDirectiveTrivia))
        {
            Refuse(trivia.GetLocation(), trivia.IsKind(SyntaxKind.IfDirectiveTrivia) ? "'#if'" : "'#line'");
        }

        foreach (var node in body.DescendantNodes())
        {
            if (Describe(node) is { } construct)
            {
                Refuse(node.GetFirstToken().GetLocation(), construct);
            }
        }

        CheckReturn(method, findings);

        void Refuse(Location location, string construct) => findings.Add(Rules.RefusedConstruct, location, construct, method.Identifier.ValueText);
    }

    private static string? Describe(SyntaxNode node) => node switch
    {
        LocalFunctionStatementSyntax => "A local function",
        AnonymousFunctionExpressionSyntax { Parent: EqualsValueClauseSyntax or AssignmentExpressionSyntax } => "A lambda in a variable",
        RefTypeSyntax or RefExpressionSyntax { Parent: not EqualsValueClauseSyntax } => "A ref local",
        GotoStatementSyntax => "'goto'",
        LabeledStatementSyntax => "A label",
        YieldStatementSyntax => "'yield'",
        AwaitExpressionSyntax => "'await'",
        UnsafeStatementSyntax or FixedStatementSyntax or PointerTypeSyntax or FunctionPointerTypeSyntax => "Unsafe code",
        PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.AddressOfExpression or (int)SyntaxKind.PointerIndirectionExpression } => "Unsafe code",
        _ => null,
    };

    private static void CheckReturn(MethodDeclarationSyntax method, Findings findings)
    {
        if (method.Body is not { } body)
        {
            return;
        }

        var returns = body.DescendantNodes(node => node is not AnonymousFunctionExpressionSyntax and not LocalFunctionStatementSyntax)
            .OfType<ReturnStatementSyntax>()
            .Where(statement => body.Statements.LastOrDefault() != statement)
            .ToArray();
        foreach (var early in returns)
        {
            findings.Add(Rules.ReturnPlace, early.ReturnKeyword.GetLocation(), method.Identifier.ValueText);
        }

        if (returns.Length == 0 && body.Statements.LastOrDefault() is not ReturnStatementSyntax)
        {
            findings.Add(Rules.ReturnPlace, method.Identifier.GetLocation(), method.Identifier.ValueText);
        }
    }
}

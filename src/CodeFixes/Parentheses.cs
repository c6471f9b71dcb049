using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.CodeFixes;

/// <summary>Which parentheses an operation needs when it is a call: those around it no more, those in it perhaps.</summary>
internal static class Parentheses
{
    /// <summary>What a method can be called on: (a.Plus(b)).Times(2) needs no parentheses, (a - b).Times(2) does.</summary>
    public static ExpressionSyntax AsReceiver(ExpressionSyntax expression) =>
        expression is ParenthesizedExpressionSyntax parenthesized
            ? IsPrimary(parenthesized.Expression) && !HasComments(parenthesized) ? AsReceiver(parenthesized.Expression.WithoutTrivia()) : expression
            : IsPrimary(expression) ? expression : SyntaxFactory.ParenthesizedExpression(expression);

    /// <summary>What is between a call's parentheses needs none.</summary>
    public static ExpressionSyntax AsArgument(ExpressionSyntax expression) =>
        expression is ParenthesizedExpressionSyntax parenthesized && !HasComments(parenthesized)
            ? AsArgument(parenthesized.Expression.WithoutTrivia())
            : expression;

    /// <summary>The call that an operation in parentheses became.</summary>
    public static ExpressionSyntax Without(ParenthesizedExpressionSyntax original, ParenthesizedExpressionSyntax current) =>
        IsPrimary(current.Expression) && !HasComments(current) && !SeparatesWords(original)
            ? current.Expression.WithTriviaFrom(current)
            : current;

    // As in return(a + b).
    private static bool SeparatesWords(ParenthesizedExpressionSyntax parenthesized) =>
        parenthesized.OpenParenToken.GetPreviousToken() is var before
        && before.Span.End == parenthesized.SpanStart
        && (before.IsKeyword() || before.IsKind(SyntaxKind.IdentifierToken));

    private static bool IsPrimary(ExpressionSyntax expression) => expression is SimpleNameSyntax or InvocationExpressionSyntax
        or MemberAccessExpressionSyntax or ElementAccessExpressionSyntax or LiteralExpressionSyntax or ThisExpressionSyntax or BaseObjectCreationExpressionSyntax
        or PostfixUnaryExpressionSyntax or ParenthesizedExpressionSyntax;

    private static bool HasComments(ParenthesizedExpressionSyntax parenthesized) =>
        Rewriting.Comments(parenthesized.OpenParenToken.TrailingTrivia
            .AddRange(parenthesized.Expression.GetLeadingTrivia())
            .AddRange(parenthesized.Expression.GetTrailingTrivia())
            .AddRange(parenthesized.CloseParenToken.LeadingTrivia)).Count > 0;
}

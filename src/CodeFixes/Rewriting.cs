using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace Afterimage.CodeFixes;

/// <summary>Writes one operation in its safe form.</summary>
internal static class Rewriting
{
    public const string Class = "TensorArithmetic";

    public static ExpressionSyntax Of(ExpressionSyntax operation, SafeForm form) => operation switch
    {
        BinaryExpressionSyntax binary => Call(binary.Left, binary.OperatorToken, binary.Right, form).WithTriviaFrom(binary),
        AssignmentExpressionSyntax assignment => AssignmentExpression(
            SyntaxKind.SimpleAssignmentExpression,
            assignment.Left,
            Token(SyntaxKind.EqualsToken).WithTriviaFrom(assignment.OperatorToken),
            Call(assignment.Left, Token(SyntaxKind.PlusToken), assignment.Right, form).WithTrailingTrivia(assignment.GetTrailingTrivia())),
        InvocationExpressionSyntax call => call.WithExpression(Callee(call.Expression, form)),
        _ => operation,
    };

    private static ExpressionSyntax Callee(ExpressionSyntax callee, SafeForm form)
    {
        var name = IdentifierName(form.Method);
        return form.IsStatic ? Member(IdentifierName(Class), name).WithTriviaFrom(callee)
            : callee switch
            {
                MemberAccessExpressionSyntax access => access.WithName(name.WithTriviaFrom(access.Name)),
                MemberBindingExpressionSyntax binding => binding.WithName(name.WithTriviaFrom(binding.Name)),
                _ => callee,
            };
    }

    private static InvocationExpressionSyntax Call(ExpressionSyntax left, SyntaxToken sign, ExpressionSyntax right, SafeForm form)
    {
        var (before, after) = (Comments(left.GetTrailingTrivia().AddRange(sign.LeadingTrivia)), Comments(sign.TrailingTrivia.AddRange(right.GetLeadingTrivia())));
        var (receiver, argument) = form.Swapped ? (right, left) : (left, right);
        receiver = receiver.WithoutTrivia();
        if (form.Cast is not null)
        {
            receiver = CastExpression(ParseTypeName(form.Cast), IsPrimary(receiver) ? receiver : ParenthesizedExpression(receiver));
        }

        var dot = Token(SyntaxKind.DotToken).WithLeadingTrivia(before);
        var open = Token(SyntaxKind.OpenParenToken).WithTrailingTrivia(after);
        return InvocationExpression(
            MemberAccessExpression(SyntaxKind.SimpleMemberAccessExpression, AsReceiver(receiver), dot, IdentifierName(form.Method)),
            ArgumentList(open, SingletonSeparatedList(Argument(Bare(argument.WithoutTrivia()))), Token(SyntaxKind.CloseParenToken)));
    }

    private static MemberAccessExpressionSyntax Member(ExpressionSyntax owner, IdentifierNameSyntax name) =>
        MemberAccessExpression(SyntaxKind.SimpleMemberAccessExpression, owner, name);

    // (a.Plus(b)).Times(2) needs its parentheses no more; (a - b).Times(2) does.
    private static ExpressionSyntax AsReceiver(ExpressionSyntax receiver) =>
        receiver is ParenthesizedExpressionSyntax parenthesized && !HasComments(parenthesized)
            ? IsPrimary(parenthesized.Expression) ? AsReceiver(parenthesized.Expression.WithoutTrivia()) : receiver
            : IsPrimary(receiver) ? receiver : ParenthesizedExpression(receiver);

    private static ExpressionSyntax Bare(ExpressionSyntax argument) =>
        argument is ParenthesizedExpressionSyntax parenthesized && !HasComments(parenthesized) ? Bare(parenthesized.Expression.WithoutTrivia()) : argument;

    private static bool IsPrimary(ExpressionSyntax expression) => expression is ParenthesizedExpressionSyntax or SimpleNameSyntax or InvocationExpressionSyntax
        or MemberAccessExpressionSyntax or ElementAccessExpressionSyntax or LiteralExpressionSyntax or ThisExpressionSyntax or BaseObjectCreationExpressionSyntax
        or PostfixUnaryExpressionSyntax;

    private static bool HasComments(ParenthesizedExpressionSyntax parenthesized) =>
        Comments(parenthesized.OpenParenToken.TrailingTrivia
            .AddRange(parenthesized.Expression.GetLeadingTrivia())
            .AddRange(parenthesized.Expression.GetTrailingTrivia())
            .AddRange(parenthesized.CloseParenToken.LeadingTrivia)).Count > 0;

    // Blanks around a sign go with it; what somebody wrote there stays.
    private static SyntaxTriviaList Comments(SyntaxTriviaList trivia) =>
        trivia.All(each => each.IsKind(SyntaxKind.WhitespaceTrivia) || each.IsKind(SyntaxKind.EndOfLineTrivia)) ? default : trivia;
}

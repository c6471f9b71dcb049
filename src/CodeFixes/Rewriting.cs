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

    /// <summary>Blanks around a sign go with it; what somebody wrote there stays.</summary>
    public static SyntaxTriviaList Comments(SyntaxTriviaList trivia) =>
        trivia.All(each => each.IsKind(SyntaxKind.WhitespaceTrivia) || each.IsKind(SyntaxKind.EndOfLineTrivia)) ? default : trivia;

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
            receiver = CastExpression(ParseTypeName(form.Cast), Parentheses.AsReceiver(receiver));
        }

        var dot = Token(SyntaxKind.DotToken).WithLeadingTrivia(before);
        var open = Token(SyntaxKind.OpenParenToken).WithTrailingTrivia(after.SkipWhile(each => each.IsKind(SyntaxKind.WhitespaceTrivia)));
        return InvocationExpression(
            MemberAccessExpression(SyntaxKind.SimpleMemberAccessExpression, Parentheses.AsReceiver(receiver), dot, IdentifierName(form.Method)),
            ArgumentList(open, SingletonSeparatedList(Argument(Parentheses.AsArgument(argument.WithoutTrivia()))), Token(SyntaxKind.CloseParenToken)));
    }

    private static MemberAccessExpressionSyntax Member(ExpressionSyntax owner, IdentifierNameSyntax name) =>
        MemberAccessExpression(SyntaxKind.SimpleMemberAccessExpression, owner, name);
}

using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>A statement's own text, with the generated file's line ends between tokens and literals as they are.</summary>
internal static class StatementText
{
    public static string Of(StatementSyntax statement) => Of(statement.DescendantTokens());

    /// <summary>The same in three parts, of which the second is that of <paramref name="inner"/>.</summary>
    public static (string Before, string Inner, string After) Around(StatementSyntax statement, ExpressionSyntax inner)
    {
        var whole = Of(statement);
        var before = Of(statement.DescendantTokens().TakeWhile(token => token.SpanStart <= inner.SpanStart));
        var start = before.Length - inner.GetFirstToken().Text.Length;
        var length = Of(inner.DescendantTokens()).Length;
        return (whole[..start], whole.Substring(start, length), whole[(start + length)..]);
    }

    private static string Of(IEnumerable<SyntaxToken> tokens)
    {
        var text = new StringBuilder();
        SyntaxToken[] all = [.. tokens];
        foreach (var token in all)
        {
            Append(text, token == all[0] ? default : token.LeadingTrivia);
            text.Append(token.Text);
            Append(text, token == all[^1] ? default : token.TrailingTrivia);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, SyntaxTriviaList list)
    {
        foreach (var trivia in list)
        {
            // The lines of a literal are its value; those between tokens only have to be as many.
            text.Append(trivia.IsKind(SyntaxKind.EndOfLineTrivia) || trivia.IsDirective ? "\n" : trivia.ToFullString().Replace("\r\n", "\n"));
        }
    }
}

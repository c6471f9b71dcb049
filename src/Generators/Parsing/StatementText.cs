using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>A statement's own text, with the generated file's line ends between tokens and literals as they are.</summary>
internal static class StatementText
{
    public static string Of(StatementSyntax statement) => Of(statement, static _ => true);

    /// <summary>The text of some of its tokens.</summary>
    public static string Of(StatementSyntax statement, Func<SyntaxToken, bool> takes)
    {
        var text = new StringBuilder();
        var (first, last) = (statement.GetFirstToken(), statement.GetLastToken());
        foreach (var token in statement.DescendantTokens().Where(takes))
        {
            Append(text, token == first ? default : token.LeadingTrivia);
            text.Append(token.Text);
            Append(text, token == last ? default : token.TrailingTrivia);
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

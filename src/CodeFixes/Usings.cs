using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.CodeFixes;

/// <summary>Brings TensorArithmetic into a file's scope.</summary>
internal static class Usings
{
    /// <summary>A file with <c>using Afterimage;</c>, behind those of System, in the file's line ends.</summary>
    public static CompilationUnitSyntax WithAfterimage(CompilationUnitSyntax unit)
    {
        var place = unit.Usings.TakeWhile(directive => IsGlobal(directive) || IsOfSystem(directive)).Count();
        var end = unit.DescendantTrivia().FirstOrDefault(trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia));
        var lineEnd = end == default ? "\n" : end.ToFullString();
        var line = SyntaxFactory.ParseCompilationUnit("using Afterimage;" + lineEnd).Usings[0];
        SyntaxNode? next = place < unit.Usings.Count ? unit.Usings[place] : unit.Members.FirstOrDefault() as BaseNamespaceDeclarationSyntax;
        if (place == 0 && next is not null)
        {
            // The head of the file stays its head.
            line = line.WithLeadingTrivia(next.GetLeadingTrivia());
            unit = unit.ReplaceNode(next, next.WithLeadingTrivia(unit.Usings.Count > 0 ? default : SyntaxFactory.TriviaList(SyntaxFactory.EndOfLine(lineEnd))));
        }

        return unit.WithUsings(unit.Usings.Insert(place, line));
    }

    private static bool IsGlobal(UsingDirectiveSyntax directive) => directive.GlobalKeyword.IsKind(SyntaxKind.GlobalKeyword);

    private static bool IsOfSystem(UsingDirectiveSyntax directive) =>
        directive is { Alias: null, Name: { } name }
        && directive.StaticKeyword.IsKind(SyntaxKind.None)
        && (name.ToString() == "System" || name.ToString().StartsWith("System.", StringComparison.Ordinal));
}

using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Finds the one loop that runs each stack.</summary>
internal static class StackUses
{
    /// <summary>Takes note of a use: the first makes its loop the stack's, and the others have to be in it.</summary>
    public static void Note(
        SiteSymbol site, IReadOnlyList<SiteSymbol> sites, IdentifierNameSyntax name, MethodDeclarationSyntax body, Findings findings)
    {
        var loop = name.Ancestors().OfType<StatementSyntax>().FirstOrDefault(statement => statement.Parent == body.Body) switch
        {
            CommonForEachStatementSyntax each => each,
            ForStatementSyntax counted => counted,
            _ => (StatementSyntax?)null,
        };
        var other = sites.FirstOrDefault(other => other != site && other.IsStack && loop is not null && other.Statement == loop);
        if (loop is not null && other is null && (site.Statement ?? loop) == loop)
        {
            site.Statement = loop;
        }
        else
        {
            findings.Add(
                Rules.StackLoop, name.GetLocation(), site.Member.Name,
                other is not null ? $"used in the loop of '{other.Member.Name}'"
                    : site.Statement is not null ? "used outside of its loop"
                    : "used outside of a loop",
                body.Identifier.ValueText);
        }
    }

    public static void CheckFound(IReadOnlyList<SiteSymbol> sites, MethodDeclarationSyntax body, Findings findings)
    {
        foreach (var site in sites.Where(site => site is { IsStack: true, Statement: null }))
        {
            // A use in a wrong place has been reported there.
            if (!findings.Items.Any(found => found.Descriptor == Rules.StackLoop && found.Arguments[0].Equals(site.Member.Name)))
            {
                findings.Add(Rules.StackLoop, site.Location, site.Member.Name, "not used", body.Identifier.ValueText);
            }
        }
    }
}

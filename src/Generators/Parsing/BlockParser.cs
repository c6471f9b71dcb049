using Afterimage.Generators.Diagnostics;
using Afterimage.Generators.Lowering;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Reads the sites and the body of a block, or of a model with sites of its own.</summary>
internal static class BlockParser
{
    public static BlockSpec? Parse(ClassSymbols symbols, UsedNames names, Findings findings)
    {
        var sites = SiteAttributes.Parse(symbols, findings);
        if (symbols.Bodies.Count == 0 || symbols.SyntaxOf(symbols.Bodies[0]) is not { } method)
        {
            return null;
        }

        BodyRules.Check(method, findings);
        SiteUses.Find(symbols, sites, method, findings);
        if (findings.HasErrors || method.Body is null)
        {
            return null;
        }

        var model = symbols.ModelOf(method.SyntaxTree);
        FileLocalUses.Check(method.Body, model, findings);
        var statements = ParseStatements(method.Body, model, sites, symbols.Cancellation);
        var specs = sites.Select(site => ParseSite(site, method.Body.Statements.IndexOf(site.Statement!))).OfType<SiteSpec>().ToEquatableArray();
        var block = new BlockSpec(symbols.PathOf(method.SyntaxTree), specs, statements.Select(statement => statement.Spec).ToEquatableArray(), Names(symbols.Bodies[0], sites, names));
        if (specs.Count != sites.Count)
        {
            return null;
        }

        BlockChecks.Check(block, symbols.Bodies[0], statements, sites, findings);
        StackChecks.Check(block, symbols.Bodies[0], statements, sites, model, findings);
        CallerNames.Check(statements, findings);
        return findings.HasErrors ? null : block;

        SiteSpec? ParseSite(SiteSymbol site, int statement) =>
            site.IsStack ? StackLoops.Parse(site, statement, model) : SiteTargets.Parse(site, statement, model, findings);
    }

    private static List<ParsedStatement> ParseStatements(
        BlockSyntax body, SemanticModel model, IReadOnlyList<SiteSymbol> sites, CancellationToken cancellation)
    {
        var captured = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        if (body.DescendantNodes().Any(node => node is AnonymousFunctionExpressionSyntax or QueryExpressionSyntax))
        {
            captured.UnionWith(model.AnalyzeDataFlow(body)?.Captured ?? []);
        }

        var parser = new StatementParser(model, captured, cancellation);
        List<ParsedStatement> statements = [.. body.Statements.Select(parser.Parse)];
        for (var i = 0; i < statements.Count; i++)
        {
            var statement = statements[i];
            if (sites.FirstOrDefault(site => site.Statement == statement.Syntax) is { } site)
            {
                // What a loop declares is its own.
                var declares = site.IsStack ? default : statement.Spec.Declares;
                statements[i] = statement with { Spec = statement.Spec with { Kind = StatementKind.Site, Declares = declares }, Culprit = null };
            }
            else if (statement.Spec.Kind == StatementKind.Dispose && statements.Any(other => MayAssign(other.Spec, statement.Spec.Names[0])))
            {
                // With more than one definition in play, disposing is a use like any other.
                statements[i] = statement with { Spec = statement.Spec with { Kind = StatementKind.Root, Reads = statement.Spec.Names } };
            }
        }

        return statements;
    }

    private static bool MayAssign(StatementSpec statement, string variable) =>
        statement.Writes.Contains(variable) && !statement.Kills.Contains(variable);

    private static BlockNames Names(IMethodSymbol body, IReadOnlyList<SiteSymbol> sites, UsedNames names)
    {
        var members = sites.Select(site => site.Member.Name).ToArray();
        return new BlockNames(
            names.Reserve("Variant"), names.Reserve("s_uncached"), names.Reserve("s_variants"), names.Reserve("s_sites"), names.Reserve("_variant"),
            UsedNames.Among(body).Reserve("block"), UsedNames.Among(body, members).Reserve("site"),
            members.Select(member => names.Reserve($"_{CamelCase(member)}Slot")).ToEquatableArray(),
            Enumerable.Range(0, 1 << members.Length).Select(mask => names.Reserve(ForwardName(members, mask))).ToEquatableArray(),
            names.Reserve("ForwardGated"));
    }

    private static string ForwardName(string[] members, int mask) => mask == 0
        ? "ForwardCompute"
        : "ForwardSkip" + string.Concat(members.Where((_, site) => (mask >> site & 1) != 0).Select(Capitalize));

    // to_q_k becomes ToQK.
    private static string Capitalize(string name) =>
        string.Concat(name.Split(['_'], StringSplitOptions.RemoveEmptyEntries).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    // transformer_blocks becomes transformerBlocks, and attn1 stays.
    private static string CamelCase(string name)
    {
        var words = Capitalize(name);
        return words.Length == 0 || !name.TrimStart('_').Contains('_') ? name.TrimStart('_') : char.ToLowerInvariant(words[0]) + words[1..];
    }
}

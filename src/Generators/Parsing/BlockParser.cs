using Afterimage.Generators.Diagnostics;
using Afterimage.Generators.Lowering;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Reads the sites and the body of a block, or of a model that has sites.</summary>
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
        var output = OutputParser.Parse(symbols, symbols.Bodies[0], names, findings);
        var specs = sites.Select(Spec).OfType<SiteSpec>().ToEquatableArray();
        var block = new BlockSpec(symbols.PathOf(method.SyntaxTree), specs, statements.Select(statement => statement.Spec).ToEquatableArray(), Names(symbols.Bodies[0], sites, names), output);
        if (specs.Count != sites.Count)
        {
            return null;
        }

        BlockChecks.Check(block, symbols.Bodies[0], statements, sites, findings);
        CallerNames.Check(statements, findings);
        return findings.HasErrors ? null : block;

        SiteSpec? Spec(SiteSymbol site)
        {
            var index = method.Body.Statements.IndexOf(site.Statement!);
            return site.IsStack
                ? StackLoops.Parse(site, statements[index].Spec, index, model)
                : SiteTargets.Parse(site, index, model, findings);
        }
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
            if (sites.Any(site => site.Statement == statement.Syntax))
            {
                var spec = sites.Any(site => site.IsStack && site.Statement == statement.Syntax)
                    ? StackLoops.Statement(statement.Spec, statement.Syntax)
                    : statement.Spec with { Kind = StatementKind.Site };
                statements[i] = statement with { Spec = spec, Culprit = null };
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
        var forwards = Enumerable.Range(0, 1 << members.Length).Select(mask => ForwardName(members, mask));
        return new BlockNames(
            names.Reserve("s_variants"), names.Reserve("s_sites"), names.Reserve("_variant"), UsedNames.Among(body, members).Reserve("site"),
            members.Select(member => names.Reserve($"_{Uncapitalize(Capitalize(member))}Slot")).ToEquatableArray(),
            (sites.Any(site => site.IsStack) ? forwards.Append("ForwardGated") : forwards).Select(names.Reserve).ToEquatableArray());
    }

    private static string ForwardName(string[] members, int mask) => mask == 0
        ? "ForwardCompute"
        : "ForwardSkip" + string.Concat(members.Where((_, site) => (mask >> site & 1) != 0).Select(Capitalize));

    // to_q_k becomes ToQK.
    private static string Capitalize(string name) =>
        string.Concat(name.Split(['_'], StringSplitOptions.RemoveEmptyEntries).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    private static string Uncapitalize(string name) => name.Length == 0 ? name : char.ToLowerInvariant(name[0]) + name[1..];
}

using Afterimage.Generators.Diagnostics;
using Afterimage.Generators.Lowering;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>What can only be said of a block once its body is understood.</summary>
internal static class BlockChecks
{
    public static void Check(BlockSpec block, IReadOnlyList<ParsedStatement> statements, IReadOnlyList<SiteSymbol> sites, Findings findings)
    {
        var kept = Slicer.KeptElements(block);
        for (var site = 0; site < sites.Count; site++)
        {
            if (kept[site].Indices.Count == 0)
            {
                findings.Add(Rules.SiteResultUnused, sites[site].Location, sites[site].Member.Name);
            }
        }

        var shared = Escapes.SharedBefore(block);
        for (var i = 0; i < statements.Count; i++)
        {
            foreach (var (target, name) in Modified(statements[i].Operation))
            {
                if (AliasParser.Sources(target).FirstOrDefault(shared[i].ContainsKey) is { } variable)
                {
                    findings.Add(Rules.InPlaceOnSite, name.GetLocation(), name.ToString(), block.Sites[shared[i][variable]].Member);
                }
            }
        }

        foreach (var (statement, skipped) in Stays.Find(block))
        {
            if (statements[statement].Culprit is { } culprit)
            {
                findings.Add(Rules.MayHaveSideEffects, culprit.Location, culprit.Name, string.Join("' and '", skipped));
            }
        }
    }

    // What a statement modifies in place, and the token to blame.
    private static IEnumerable<(IOperation Target, SyntaxNode Name)> Modified(IOperation? operation) =>
        operation?.DescendantsAndSelf().SelectMany(Targets) ?? [];

    private static IEnumerable<(IOperation Target, SyntaxNode Name)> Targets(IOperation operation) => operation switch
    {
        IInvocationOperation { Syntax: InvocationExpressionSyntax syntax } call when PureCalls.IsInPlace(call) =>
            (call.Instance is { } receiver ? [receiver] : call.Arguments.Take(1).Select(argument => argument.Value))
                .Select(target => (target, (SyntaxNode)StatementParser.NameOf(syntax.Expression))),
        IAssignmentOperation { Target: IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } written } target }
            when KnownSymbols.IsTensor(written.Type) => [(written, target.Syntax)],
        _ => [],
    };
}

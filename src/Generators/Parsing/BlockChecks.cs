using Afterimage.Generators.Diagnostics;
using Afterimage.Generators.Lowering;
using Microsoft.CodeAnalysis;

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
            foreach (var (target, name) in InPlaceWrites.Of(statements[i].Operation))
            {
                if (MemorySources.Certain(target).FirstOrDefault(shared[i].ContainsKey) is { } variable)
                {
                    findings.Add(Rules.InPlaceOnSite, name.GetLocation(), name.ToString(), block.Sites[shared[i][variable]].Member);
                }
            }
        }

        foreach (var (statement, skipped) in Stays.Find(block))
        {
            if (statements[statement].Culprit is { } culprit)
            {
                var (subject, advice) = culprit.Name is { } name
                    ? ($"'{name}' is not known to be free of side effects, so it", "mark it [NoSideEffects] or move it")
                    : ("This statement", "move what it does into a [NoSideEffects] method");
                findings.Add(Rules.MayHaveSideEffects, culprit.Location, subject, string.Join("' and '", skipped), advice);
            }
        }
    }
}

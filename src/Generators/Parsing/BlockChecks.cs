using Afterimage.Generators.Diagnostics;
using Afterimage.Generators.Lowering;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>What can only be said of a block once its body is understood.</summary>
internal static class BlockChecks
{
    public static void Check(
        BlockSpec block, IMethodSymbol body, IReadOnlyList<ParsedStatement> statements, IReadOnlyList<SiteSymbol> sites, Findings findings)
    {
        var kept = Slicer.KeptElements(block);
        for (var site = 0; site < sites.Count; site++)
        {
            if (kept[site].Indices.Count == 0)
            {
                findings.Add(Rules.SiteResultUnused, sites[site].Location, sites[site].Member.Name);
            }

            if (sites[site].IsStack)
            {
                StackChecks.Check(block, body, site, kept[site], statements, findings);
            }
            else if (statements[block.Sites[site].Statement].Operation?.Descendants().FirstOrDefault(part => part.Syntax == sites[site].Call) is IInvocationOperation call)
            {
                string[] parameters = [.. body.Parameters.Select(parameter => parameter.Name)];
                CheckArguments(block, parameters, call, site, findings);
                CheckResult(
                    block, parameters, [.. CalleeMemory.ArgumentsIn(call, CalleeMemory.Of(call).Returns).SelectMany(MemorySources.Possible)], site, statements, findings);
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
                var (subject, advice) = culprit is { IsModule: true }
                    ? ($"'{culprit.Name}' is not known to leave its argument as it is, so it", "build it in its class, without inplace, or mark its forward [NoSideEffects]")
                    : culprit.Name is { } name
                    ? ($"'{name}' is not known to be free of side effects, so it", "mark it [NoSideEffects] or move it")
                    : ("This statement", "move what it does into a [NoSideEffects] method");
                findings.Add(Rules.MayHaveSideEffects, culprit.Location, subject, string.Join("' and '", skipped), advice);
            }
        }
    }

    // Where a site is skipped, nobody writes into its arguments.
    private static void CheckArguments(BlockSpec block, string[] parameters, IInvocationOperation call, int number, Findings findings)
    {
        var site = block.Sites[number];
        var effects = CalleeMemory.Of(call);
        foreach (var argument in CalleeMemory.ArgumentsIn(call, effects.MayWrite))
        {
            var names = MemorySources.Possible(argument).ToArray();
            if (SharedMemory.IsSeenAfter(block, site.Statement, names, parameters))
            {
                var writes = CalleeMemory.ArgumentsIn(call, effects.Writes).Contains(argument);
                findings.Add(
                    writes ? Rules.SiteModifiesArgument : Rules.SiteMayModifyArgument, argument.Syntax.GetLocation(), site.Member, argument.Syntax.ToString());
            }
        }
    }

    /// <summary>Where a site is skipped, its result is not its argument, whatever it is where it runs.</summary>
    /// <param name="returned">The variables whose memory its result may be.</param>
    public static void CheckResult(
        BlockSpec block, string[] parameters, string[] returned, int number, IReadOnlyList<ParsedStatement> statements, Findings findings)
    {
        var site = block.Sites[number];
        for (var i = site.Statement + 1; returned.Length > 0 && i < statements.Count; i++)
        {
            foreach (var (target, name) in InPlaceWrites.Of(statements[i].Operation).Concat(InPlaceWrites.OfModules(statements[i].Operation)))
            {
                if (SharedMemory.IsTornApart(block, site.Statement, returned, i, [.. MemorySources.Possible(target)], parameters))
                {
                    findings.Add(Rules.SiteMayReturnArgument, name.GetLocation(), name.ToString(), site.Member);
                }
            }
        }
    }
}

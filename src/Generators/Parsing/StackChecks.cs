using Afterimage.Generators.Diagnostics;
using Afterimage.Generators.Lowering;
using Microsoft.CodeAnalysis;

namespace Afterimage.Generators.Parsing;

/// <summary>What can only be said of a stack's loop once the body around it is understood.</summary>
internal static class StackChecks
{
    public static void Check(
        BlockSpec block, IMethodSymbol body, IReadOnlyList<ParsedStatement> statements, IReadOnlyList<SiteSymbol> sites, SemanticModel model, Findings findings)
    {
        var kept = Slicer.KeptElements(block);
        string[] parameters = [.. body.Parameters.Select(parameter => parameter.Name)];
        for (var site = 0; site < sites.Count; site++)
        {
            if (sites[site].IsStack)
            {
                CheckVariables(block, site, kept[site], sites[site], model, findings);
                CheckArguments(block, site, parameters, statements[block.Sites[site].Statement], findings);
            }
        }
    }

    private static void CheckVariables(BlockSpec block, int site, KeptElements kept, SiteSymbol symbol, SemanticModel model, Findings findings)
    {
        var names = kept.Indices.Select(index => block.Sites[site].Elements[index].Variable).ToArray();
        foreach (var variable in StackLoops.Written(symbol.Statement!, model).Where(variable => names.Contains(variable.Name)))
        {
            var type = (variable as ILocalSymbol)?.Type ?? ((IParameterSymbol)variable).Type;
            if (!KnownSymbols.IsTensor(type))
            {
                findings.Add(
                    Rules.StackVariable, symbol.Statement!.GetFirstToken().GetLocation(), variable.Name, symbol.Member.Name,
                    type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));
            }
        }
    }

    // Where the loop is left out, nobody writes into what its blocks are given.
    private static void CheckArguments(BlockSpec block, int site, string[] parameters, ParsedStatement loop, Findings findings)
    {
        foreach (var (target, name) in InPlaceWrites.OfModules(loop.Operation).Concat(InPlaceWrites.Of(loop.Operation)))
        {
            if (SharedMemory.IsSeenAfter(block, block.Sites[site].Statement, [.. MemorySources.Possible(target)], parameters))
            {
                findings.Add(Rules.SiteMayModifyArgument, name.GetLocation(), name.ToString(), target.Syntax.ToString());
            }
        }
    }
}

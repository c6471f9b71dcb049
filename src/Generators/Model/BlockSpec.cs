namespace Afterimage.Generators.Model;

/// <summary>A block, or a model that has sites: its sites, and its body as a list of statements.</summary>
/// <param name="FilePath">The author's file, as the build maps its path; empty when lines cannot be mapped to it.</param>
/// <param name="Sites">In the order of the attributes.</param>
/// <param name="Statements">In order; the return comes last.</param>
/// <param name="Names">The names of its generated members.</param>
/// <param name="Output">Set where the block is one more site as a whole, the last.</param>
/// <param name="Sequence">Set on a model whose tokens ranks can share.</param>
internal sealed record BlockSpec(
    string FilePath, EquatableArray<SiteSpec> Sites, EquatableArray<StatementSpec> Statements, BlockNames Names, OutputSpec? Output, SequenceSpec? Sequence = null)
{
    /// <summary>Whether one more variant, after those of the masks, can leave its stacks after their first blocks.</summary>
    public bool HasGate => Sites.Any(site => site.Loop is not null) && Sites.All(site => site.Loop is null or { Gate: not null });

    /// <summary>Whether <paramref name="statement"/> is a stack.</summary>
    public bool IsStack(int statement) => Sites.Any(site => site.Statement == statement && site.Loop is not null);

    /// <summary>Whether <paramref name="statement"/> calls a site, or is a stack, that <paramref name="mask"/> skips.</summary>
    public bool IsSkipped(int statement, int mask, out int site)
    {
        for (site = 0; site < Sites.Count; site++)
        {
            if (Sites[site].Statement == statement)
            {
                return (mask >> site & 1) != 0;
            }
        }

        return false;
    }
}

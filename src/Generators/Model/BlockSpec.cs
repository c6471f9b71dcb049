namespace Afterimage.Generators.Model;

/// <summary>A block: its sites, and its body as a list of statements.</summary>
/// <param name="FilePath">The author's file, as the build maps its path; empty when lines cannot be mapped to it.</param>
/// <param name="Sites">In the order of the attributes.</param>
/// <param name="Statements">In order; the return comes last.</param>
/// <param name="Names">The names of its generated members.</param>
internal sealed record BlockSpec(
    string FilePath, EquatableArray<SiteSpec> Sites, EquatableArray<StatementSpec> Statements, BlockNames Names)
{
    /// <summary>The stack whose loop <paramref name="statement"/> is, or −1.</summary>
    public int StackAt(int statement)
    {
        for (var site = 0; site < Sites.Count; site++)
        {
            if (Sites[site].Statement == statement && Sites[site].Loop is not null)
            {
                return site;
            }
        }

        return -1;
    }

    /// <summary>Whether a forward can be left after the first blocks of its stacks.</summary>
    public bool HasGate => Sites.Any(site => site.Loop is not null) && Sites.All(site => site.Loop is null or { CanBeParted: true });

    /// <summary>Whether <paramref name="statement"/> calls a site that <paramref name="mask"/> skips.</summary>
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

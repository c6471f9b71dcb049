namespace Afterimage.Generators.Model;

/// <summary>A block: its sites, and its body as a list of statements.</summary>
/// <param name="FilePath">The author's file, as the build maps its path; empty when lines cannot be mapped to it.</param>
/// <param name="Sites">In the order of the attributes.</param>
/// <param name="Statements">In order; the return comes last.</param>
/// <param name="Names">The names of its generated members.</param>
internal sealed record BlockSpec(
    string FilePath, EquatableArray<SiteSpec> Sites, EquatableArray<StatementSpec> Statements, BlockNames Names)
{
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

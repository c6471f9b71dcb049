namespace Afterimage.Execution;

/// <summary>What a run holds for one cache context.</summary>
internal sealed class ContextState(
    IReadOnlyList<PlanRow> rows, SiteHistory[] sites, IReadOnlyList<BlockSites> blocks, GuidanceHistory guidance) : IDisposable
{
    private readonly SiteSlot[][] _blockSlots = [.. blocks.Select(block => block.Sites.Select(site => (SiteSlot)sites[site]).ToArray())];

    /// <summary>The planned rows of its forwards; none where timesteps are not known ahead.</summary>
    public IReadOnlyList<PlanRow> Rows { get; } = rows;

    /// <summary>The histories, one per site.</summary>
    public SiteHistory[] Sites { get; } = sites;

    /// <summary>The kept difference of the guidance branches.</summary>
    public GuidanceHistory Guidance { get; } = guidance;

    /// <summary>How many forwards have begun.</summary>
    public int Forwards { get; set; }

    /// <summary>The bytes held.</summary>
    public long Bytes => Guidance.Bytes + Sites.Sum(site => site.Bytes);

    /// <summary>Makes every site and block ready for the forward that <paramref name="row"/> describes.</summary>
    public void Select(PlanRow row, bool keepsHalf)
    {
        for (var site = 0; site < Sites.Length; site++)
            Sites[site].Prepare(row, row.Cells[site], keepsHalf);
        for (var i = 0; i < blocks.Count; i++)
        {
            var skipped = 0;
            for (var site = 0; site < blocks[i].Sites.Length; site++)
            {
                if (!row.Cells[blocks[i].Sites[site]].IsComputed)
                    skipped |= 1 << site;
            }
            blocks[i].Block.Select(skipped, _blockSlots[i]);
        }
    }

    /// <summary>Gives every block its own body back.</summary>
    public void Deselect()
    {
        foreach (var block in blocks)
            block.Block.Deselect();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Guidance.Dispose();
        foreach (var site in Sites)
            site.Dispose();
    }
}

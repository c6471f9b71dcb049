namespace Afterimage.Generators.Lowering;

/// <summary>Finds statements that only sites need and that stay all the same, because they are not known to be removable.</summary>
internal static class Stays
{
    /// <summary>The statements, each with the sites that have to be skipped for it to be of no use.</summary>
    public static IEnumerable<(int Statement, IReadOnlyList<string> Sites)> Find(BlockSpec block)
    {
        var kept = Slicer.KeptElements(block);
        var body = Liveness.OfBody(block);
        var all = (1 << block.Sites.Count) - 1;
        var masks = Enumerable.Range(0, block.Sites.Count).Select(site => 1 << site).Append(all).Distinct();
        var variants = masks.Select(mask => (Mask: mask, Liveness: Liveness.OfVariant(block, mask, kept))).ToArray();
        for (var i = 0; i < block.Statements.Count; i++)
        {
            var statement = block.Statements[i];
            if (statement.Kind != StatementKind.Root || !statement.Writes.Any(name => body.IsLiveAfter(i, name)))
            {
                continue;
            }

            var useless = variants.FirstOrDefault(v => !statement.Writes.Any(name => v.Liveness.IsLiveAfter(i, name)));
            if (useless.Liveness is not null)
            {
                yield return (i, [.. block.Sites.Where((_, site) => (useless.Mask >> site & 1) != 0).Select(site => site.Member)]);
            }
        }
    }
}

namespace Afterimage.Generators.Lowering;

/// <summary>The backward pass over a body: which variables are still read after each statement, and which statements that leaves.</summary>
internal sealed class Liveness
{
    private readonly bool[] _kept;
    private readonly HashSet<string>[] _liveAfter;

    private Liveness(int count)
    {
        _kept = new bool[count];
        _liveAfter = new HashSet<string>[count];
    }

    /// <summary>Of the whole body, with nothing deleted.</summary>
    public static Liveness OfBody(BlockSpec block) => Compute(block, 0, default);

    /// <summary>Of the variant that skips the sites of <paramref name="mask"/>.</summary>
    public static Liveness OfVariant(BlockSpec block, int mask, EquatableArray<KeptElements> kept) => Compute(block, mask, kept);

    public bool IsKept(int statement) => _kept[statement];

    public bool IsLiveAfter(int statement, string variable) => _liveAfter[statement].Contains(variable);

    private static Liveness Compute(BlockSpec block, int mask, EquatableArray<KeptElements> kept)
    {
        var result = new Liveness(block.Statements.Count);
        var live = new HashSet<string>(StringComparer.Ordinal);
        for (var i = block.Statements.Count - 1; i >= 0; i--)
        {
            result._liveAfter[i] = [.. live];
            var statement = block.Statements[i];
            switch (statement.Kind)
            {
                case StatementKind.Dispose:
                    // Follows its variable's definition, which is decided further up.
                    continue;
                case StatementKind.Site when mask != 0 && result.IsLeftOut(block, i, kept):
                    continue;
                case StatementKind.Site when block.IsSkipped(i, mask, out var site):
                    var variables = SiteVariables(block.Sites[site], kept[site]);
                    if (block.Sites[site].Loop is null)
                    {
                        live.ExceptWith(variables);
                    }
                    else
                    {
                        // What a stack added before is added to its variables, which are read for that.
                        live.UnionWith(variables);
                    }

                    continue;
                case StatementKind.Removable when mask != 0 && !statement.Writes.Any(live.Contains):
                    continue;
            }

            result._kept[i] = true;
            live.ExceptWith(statement.Kills);
            live.UnionWith(statement.Reads);
        }

        result.DecideDisposals(block, mask, kept);
        return result;
    }

    /// <summary>Whether a statement is a stack that nothing after it reads.</summary>
    public bool IsLeftOut(BlockSpec block, int statement, EquatableArray<KeptElements> kept)
    {
        block.IsSkipped(statement, 0, out var site);
        return block.Sites[site].Loop is not null && !SiteVariables(block.Sites[site], kept[site]).Any(_liveAfter[statement].Contains);
    }

    private static IEnumerable<string> SiteVariables(SiteSpec site, KeptElements kept) =>
        site.Whole is null ? kept.Indices.Select(index => site.Elements[index].Variable) : [site.Whole.Variable];

    private void DecideDisposals(BlockSpec block, int mask, EquatableArray<KeptElements> kept)
    {
        var defined = new Dictionary<string, bool>(StringComparer.Ordinal);
        for (var i = 0; i < block.Statements.Count; i++)
        {
            var statement = block.Statements[i];
            if (statement.Kind == StatementKind.Dispose)
            {
                _kept[i] = !defined.TryGetValue(statement.Names[0], out var isDefined) || isDefined;
                continue;
            }

            var skipped = block.IsSkipped(i, mask, out var site);
            foreach (var variable in statement.Writes)
            {
                defined[variable] = skipped ? SiteVariables(block.Sites[site], kept[site]).Contains(variable) : _kept[i];
            }
        }
    }
}

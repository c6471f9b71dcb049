namespace Afterimage.Generators.Lowering;

/// <summary>The forward pass over a body that follows the memory of sites' results.</summary>
internal static class Escapes
{
    /// <summary>The (site, element) pairs whose memory the caller of the block may get to see.</summary>
    public static HashSet<(int Site, int Element)> Find(BlockSpec block) => Follow(block, static _ => true, static (_, _) => { });

    /// <summary>Per statement, the variables that share memory with a site's result before it, and that site.</summary>
    public static IReadOnlyList<IReadOnlyDictionary<string, int>> SharedBefore(BlockSpec block)
    {
        var result = new IReadOnlyDictionary<string, int>[block.Statements.Count];
        Follow(block, static alias => alias.IsCertain, (statement, origins) =>
            result[statement] = origins.Where(pair => pair.Value.Count > 0).ToDictionary(pair => pair.Key, pair => pair.Value.First().Item1));
        return result;
    }

    private static HashSet<(int Site, int Element)> Follow(
        BlockSpec block, Func<AliasSpec, bool> counts, Action<int, Dictionary<string, HashSet<(int, int)>>> before)
    {
        var escaped = new HashSet<(int, int)>();
        var origins = new Dictionary<string, HashSet<(int, int)>>(StringComparer.Ordinal);
        for (var i = 0; i < block.Statements.Count; i++)
        {
            before(i, origins);
            var statement = block.Statements[i];
            var incoming = statement.Aliases
                .Where(alias => counts(alias) && origins.ContainsKey(alias.Source))
                .Select(alias => (alias.Target, Origins: origins[alias.Source].ToArray()))
                .ToArray();
            foreach (var variable in statement.Kills)
            {
                origins.Remove(variable);
            }

            foreach (var (target, flowing) in incoming)
            {
                (target.Length == 0 ? escaped : Of(origins, target)).UnionWith(flowing);
            }

            for (var site = 0; site < block.Sites.Count; site++)
            {
                if (block.Sites[site].Statement == i)
                {
                    Seed(block.Sites[site], site, origins);
                }
            }
        }

        return escaped;
    }

    // What is taken of a stack is new memory, and nobody else's.
    private static void Seed(SiteSpec site, int number, Dictionary<string, HashSet<(int, int)>> origins)
    {
        if (site.Loop is not null)
        {
            return;
        }

        for (var element = 0; element < site.Elements.Count; element++)
        {
            Of(origins, (site.Whole ?? site.Elements[element]).Variable).Add((number, element));
        }
    }

    private static HashSet<(int, int)> Of(Dictionary<string, HashSet<(int, int)>> origins, string variable)
    {
        if (!origins.TryGetValue(variable, out var set))
        {
            origins[variable] = set = [];
        }

        return set;
    }
}

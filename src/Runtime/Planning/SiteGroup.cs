using System.Text.RegularExpressions;

namespace Afterimage.Planning;

/// <summary>Sites of one name pattern that do the same in every row of a plan.</summary>
/// <param name="Label">The pattern, such as <c>transformer_blocks.*.attn1</c>, or the one site's name.</param>
/// <param name="Sites">The sites' places in the plan.</param>
internal sealed partial record SiteGroup(string Label, int[] Sites)
{
    /// <summary>The sites that the plan touches, or the others that are listed, in the order of their first members.</summary>
    public static SiteGroup[] Of(CachePlan plan, bool touched)
    {
        var patterns = plan.Sites.Select(site => Number().Replace(site.Name, "*")).ToArray();
        return
        [
            .. Enumerable.Range(0, plan.Sites.Length)
                .Where(site => plan.Touches(site) == touched && plan.IsListed(site))
                .GroupBy(site => (patterns[site], new Column(plan, site)))
                .Select(group => new SiteGroup(LabelOf(plan, patterns, [.. group]), [.. group])),
        ];
    }

    private static string LabelOf(CachePlan plan, string[] patterns, int[] sites)
    {
        var first = plan.Sites[sites[0]].Name;
        var pattern = patterns[sites[0]];
        if (sites.Length == 1)
            return first;
        if (sites.Length == patterns.Count(other => other == pattern))
            return pattern;
        if (Number().Count(first) > 1)
            return $"{first} …";
        var numbers = sites.Select(site => int.Parse(Number().Match(plan.Sites[site].Name).Value));
        return pattern.Replace("*", $"{{{Ranges([.. numbers])}}}");
    }

    /// <summary>Numbers as <c>0-3,7</c>.</summary>
    private static string Ranges(int[] numbers)
    {
        Array.Sort(numbers);
        // Numbers that follow each other have the same distance from their places.
        var runs = numbers.Select((number, place) => (number, place)).GroupBy(pair => pair.number - pair.place, pair => pair.number);
        return string.Join(",", runs.Select(run => run.Count() == 1 ? $"{run.First()}" : $"{run.First()}-{run.Last()}"));
    }

    [GeneratedRegex(@"(?<=^|\.)\d+(?=\.|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    /// <summary>All cells of one site, compared one by one.</summary>
    private readonly struct Column(CachePlan plan, int site) : IEquatable<Column>
    {
        private IEnumerable<PlanCell> Cells
        {
            get
            {
                var column = site;
                return plan.Rows.Select(row => row.Cells[column]);
            }
        }

        public bool Equals(Column other) => Cells.SequenceEqual(other.Cells);

        public override bool Equals(object? obj) => obj is Column other && Equals(other);

        public override int GetHashCode() => Cells.Aggregate(0, HashCode.Combine);
    }
}

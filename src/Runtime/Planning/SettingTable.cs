using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>Which site takes which setting, and what about that is worth a note.</summary>
internal sealed class SettingTable
{
    public ImmutableArray<SiteSetting?> Settings { get; }

    public ImmutableArray<string> Notes { get; }

    /// <summary>The ranges within which the sites are skipped, and the properties that hold them.</summary>
    public ImmutableArray<(string Property, TimestepRange Range)> Ranges { get; }

    /// <param name="sites">The model's sites.</param>
    /// <param name="rules">The config's settings; a site takes the first that takes it.</param>
    /// <param name="takes">A further condition on the sites that a setting takes.</param>
    /// <param name="mayBeEmpty">Whether the method has something to do where no site takes a setting.</param>
    /// <exception cref="ArgumentException">No site takes any setting.</exception>
    public SettingTable(
        IReadOnlyList<CacheSite> sites, IReadOnlyList<SettingRule> rules,
        Func<SettingRule, CacheSite, bool>? takes = null, bool mayBeEmpty = false)
    {
        var taken = sites.Select(site => rules.FirstOrDefault(rule =>
            rule.Takes(site) && (takes is null || takes(rule, site)))).ToArray();
        if (!mayBeEmpty && taken.All(rule => rule is null))
            throw NothingMatches(sites, rules);
        Settings = [.. taken.Select(rule => rule?.Setting)];
        Ranges = [.. rules.Where(rule => taken.Contains(rule) && rule.Setting!.SkipRange > 1).Select(rule => (rule.RangeProperty, rule.Setting!.Range))];
        Notes = [.. Unused(rules, taken), .. LeftOut(sites, rules, taken), .. OfAnotherKind(sites, taken)];
    }

    private static ArgumentException NothingMatches(IReadOnlyList<CacheSite> sites, IReadOnlyList<SettingRule> rules)
    {
        var settings = rules.Where(rule => rule.Setting is not null).Select(rule => rule.Identifiers is null
            ? $"{rule.Property} = {rule.Setting!.SkipRange} (sites annotated as {rule.Kind})"
            : $"{rule.Property} = {rule.Setting!.SkipRange} (names matching {rule.Identifiers})");
        return new ArgumentException(
            $"No site of the model takes a setting of this config. Settings: {Listing.Of(settings)}. "
            + $"Sites: {Listing.Of(sites)}. Set the skip range of a kind that the model has, or change the identifiers.");
    }

    private static IEnumerable<string> Unused(IReadOnlyList<SettingRule> rules, SettingRule?[] taken) =>
        from rule in rules
        where rule.Setting is not null && !taken.Contains(rule)
        select $"{rule.Property} is {rule.Setting!.SkipRange}, and no site of the model takes it.";

    private static IEnumerable<string> LeftOut(IReadOnlyList<CacheSite> sites, IReadOnlyList<SettingRule> rules, SettingRule?[] taken) =>
        from rule in rules
        where rule.Identifiers is not null && taken.Contains(rule)
        let left = sites.Where((site, i) => site.Kind == rule.Kind && taken[i] is null).Select(site => site.Name).ToArray()
        where left.Length > 0
        select $"{rule.Property} leaves out {Listing.Of(left)}: its identifiers do not match.";

    private static IEnumerable<string> OfAnotherKind(IReadOnlyList<CacheSite> sites, SettingRule?[] taken) =>
        from pair in sites.Zip(taken)
        where pair.Second is { } rule && rule.Kind != pair.First.Kind
        group pair.First.Name by (pair.First.Kind, pair.Second!.Property) into names
        select $"{Listing.Of(names)}: annotated as {names.Key.Kind}, but the identifiers give it {names.Key.Property}.";
}

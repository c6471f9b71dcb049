using Afterimage.Configuration;

namespace Afterimage.Planning;

/// <summary>One setting of a config and the sites that it is for.</summary>
/// <param name="Kind">The kind of site that the setting is named after.</param>
/// <param name="Property">The property of the config that turns it on.</param>
/// <param name="Setting">The setting, or null where the property is null.</param>
/// <param name="Identifiers">Patterns that replace the annotation, or null.</param>
internal sealed record SettingRule(SiteKind Kind, string Property, SiteSetting? Setting, IReadOnlyList<string>? Identifiers = null)
{
    public static SettingRule Of(
        SiteKind kind, string property, int? skipRange, TimestepRange range, IReadOnlyList<string>? identifiers = null) =>
        new(kind, property, skipRange is { } n ? new SiteSetting(n, range) : null, identifiers);

    /// <summary>The property that holds the setting's range of timesteps; a config names both alike.</summary>
    public string RangeProperty => Property.Replace("Block", "Timestep", StringComparison.Ordinal);

    /// <summary>
    /// Given identifiers decide among sites that are no cross attention and no feed-forward, or among cross attention if the
    /// setting is for that: diffusers asks a module for its cross-ness first.
    /// </summary>
    public bool Takes(CacheSite site) =>
        Setting is not null
        && (Identifiers is null
            ? site.Kind == Kind
            : SameFamily(site.Kind, Kind) && Identifiers.Any(pattern => IdentifierPattern.IsIn(site.Name, pattern)));

    private static bool SameFamily(SiteKind site, SiteKind setting) => site == setting || (IsSelf(site) && IsSelf(setting));

    private static bool IsSelf(SiteKind kind) => kind is SiteKind.SpatialAttention or SiteKind.TemporalAttention;
}

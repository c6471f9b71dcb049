using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>What a site takes from a config: every N-th forward is computed, and those between only within the range.</summary>
internal sealed record SiteSetting(int SkipRange, TimestepRange Range)
{
    /// <summary>Room for some values of every site that takes a setting.</summary>
    public static ImmutableArray<SlotLayout> Slots(ImmutableArray<SiteSetting?> settings, int values) =>
        [.. settings.Select(setting => new SlotLayout(setting is null ? 0 : values))];
}

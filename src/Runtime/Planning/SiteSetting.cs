using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>What a site takes from a config: every N-th forward is computed, and those between only within the range.</summary>
internal sealed record SiteSetting(int SkipRange, TimestepRange Range)
{
    public static ImmutableArray<int> Generations(ImmutableArray<SiteSetting?> settings, int touched) =>
        [.. settings.Select(setting => setting is null ? 0 : touched)];
}

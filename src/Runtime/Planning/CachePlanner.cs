using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>
/// Decides row by row what a method does; rows are made when they are asked for, so timesteps need not be known ahead.
/// </summary>
internal abstract class CachePlanner
{
    /// <exception cref="ArgumentException">The config is invalid, matches no site, or cannot work with the layout.</exception>
    public static CachePlanner Create(CacheConfig config, IReadOnlyList<CacheSite> sites, GuidanceLayout layout)
    {
        config.Validate();
        return config switch
        {
            PyramidAttentionBroadcastConfig broadcast => new PyramidAttentionBroadcastPlanner(broadcast, sites),
            FasterCacheConfig faster => new FasterCachePlanner(faster, sites, layout),
            _ => throw new NotSupportedException($"There is no planner for {config.GetType().Name}."),
        };
    }

    /// <exception cref="ArgumentException">There are no timesteps, or one is not finite.</exception>
    public static void CheckTimesteps(IReadOnlyList<double> timesteps)
    {
        if (timesteps.Count == 0)
            throw new ArgumentException("A run has at least one timestep, and none is given.", nameof(timesteps));
        for (var i = 0; i < timesteps.Count; i++)
        {
            if (!double.IsFinite(timesteps[i]))
                throw new ArgumentException($"Timestep {i} of {timesteps.Count} is {timesteps[i]}; timesteps are finite numbers.", nameof(timesteps));
        }
    }

    /// <summary>The method's name for people.</summary>
    public abstract string Method { get; }

    public abstract ImmutableArray<string> Notes { get; }

    /// <summary>Whether a full forward keeps only the conditional half of a site's result.</summary>
    public abstract bool KeepsConditionalHalf { get; }

    /// <summary>What each site takes from the config; <see langword="null"/> for one that the method leaves alone.</summary>
    public abstract ImmutableArray<SiteSetting?> Settings { get; }

    /// <summary>The ranges of timesteps within which something is skipped, and the config's properties that hold them.</summary>
    public abstract ImmutableArray<(string Property, TimestepRange Range)> Ranges { get; }

    /// <summary>How many results per site the method can need at once; 0 for a site that it leaves alone.</summary>
    public abstract ImmutableArray<int> Generations { get; }

    /// <summary>The next row of a context. Every computed value that any later row could read is stored.</summary>
    public abstract PlanRow Next(string context, double timestep);
}

using Afterimage.Configuration;

namespace Afterimage;

/// <summary>Several methods on one model, each on sites of its own: a mask over whole stacks, attention in the steps that it computes, guidance around both.</summary>
/// <remarks>
/// What skips most goes first: a site inside of a stack that another method skips is left out, and computed when it is next asked for if it was to be
/// computed meanwhile. Two methods that claim one site, or both guidance, are refused.
/// </remarks>
public sealed record ComposedCacheConfig : CacheConfig
{
    /// <summary>
    /// The methods. Their timesteps' callbacks, limits, sharing and reuse of the prompt's projections do not count; this config's own do. How results are kept
    /// (<see cref="CacheConfig.SlotDtype"/>, <see cref="CacheConfig.OffloadHistory"/>) each says for its own sites, and this config for those that say nothing.
    /// </summary>
    public IReadOnlyList<CacheConfig> Methods { get; init => field = ValueList<CacheConfig>.From(value)!; } = [];

    /// <inheritdoc/>
    internal override IEnumerable<CacheConfig> Parts => Methods.SelectMany(method => method.Parts).Select(part => part with
    {
        SlotDtype = part.SlotDtype == SlotDtype.Native ? SlotDtype : part.SlotDtype,
        OffloadHistory = part.OffloadHistory || OffloadHistory,
    });

    /// <inheritdoc/>
    internal override void Check(ConfigProblems problems)
    {
        if (Methods.Count == 0)
            problems.Of(nameof(Methods), "[]", "give one method or more");
        foreach (var method in Methods)
            method.Check(problems);
    }
}

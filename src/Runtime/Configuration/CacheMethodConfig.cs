using Afterimage.Configuration;

namespace Afterimage;

/// <summary>
/// A caching method put together from its parts: which sites it is for, at which forwards they are computed, and what takes the place of their values at
/// the others. Most configs of this library are such methods under their published names.
/// </summary>
public sealed record CacheMethodConfig : CacheConfig
{
    /// <summary>What the method is called in plans.</summary>
    public string Name { get; init; } = "custom";

    /// <summary>Which sites it is for. Default: every stack of blocks.</summary>
    public Func<CacheSite, bool> Selects { get; init; } = site => site.Kind == SiteKind.BlockStack;

    /// <summary>
    /// Whether a site is computed at a forward. Asked once per site and forward when the row is made, in order; a first value is always computed. See
    /// <see cref="Schedule"/> for some.
    /// </summary>
    public Func<CacheStep, bool> Computes { get; init; } = Schedule.EveryNth(2);

    /// <summary>What takes the place of a value that is not computed. Default: the last.</summary>
    public Predictor Predictor { get; init; } = Predictor.Last;

    /// <inheritdoc/>
    internal override void Check(ConfigProblems problems)
    {
        if (string.IsNullOrWhiteSpace(Name))
            problems.Of(nameof(Name), $"\"{Name}\"", "give the method a name");
    }
}

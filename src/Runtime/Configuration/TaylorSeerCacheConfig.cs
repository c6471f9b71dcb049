using Afterimage.Configuration;
using static TorchSharp.torch;

namespace Afterimage;

/// <summary>
/// TaylorSeer (arXiv 2503.06923): attention is computed on every n-th forward, and on those between it is forecast by a Taylor series over
/// the steps, whose derivatives are divided differences of the computed values. Parameters and defaults are those of diffusers'
/// <c>TaylorSeerCacheConfig</c> (<c>hooks/taylorseer_cache.py</c>).
/// </summary>
/// <remarks>
/// Computed are the first <see cref="DisableCacheBeforeStep"/> forwards of a context, then the second after them and every
/// <see cref="CacheInterval"/>-th from there, as diffusers counts them.
/// </remarks>
public sealed record TaylorSeerCacheConfig : CacheConfig
{
    /// <summary>n: how many forwards one computation is for.</summary>
    public int CacheInterval { get; init; } = 5;

    /// <summary>How many forwards at the beginning of a run are all computed.</summary>
    public int DisableCacheBeforeStep { get; init; } = 3;

    /// <summary>The forward from which on all are computed. Null: none.</summary>
    public int? DisableCacheAfterStep { get; init; }

    /// <summary>The order of the series, that is of the highest derivative. A history holds as many values and one more.</summary>
    public int MaxOrder { get; init; } = 1;

    /// <summary>The type that the series' factors are kept in: float32, float16 or bfloat16. Null: that of the values.</summary>
    public ScalarType? TaylorFactorsDtype { get; init; } = ScalarType.BFloat16;

    /// <summary>
    /// Regular expressions that match the whole name of a module which does not run where <see cref="CacheIdentifiers"/> are forecast: of a
    /// block, where they forecast the layer that the model's output comes from. Null: none.
    /// </summary>
    public IReadOnlyList<string>? SkipPredictIdentifiers { get; init => field = ValueList<string>.From(value); }

    /// <summary>
    /// Regular expressions that match the whole name of a site which is forecast. Null: every attention, self and cross, as annotated, in the
    /// model's stacks of blocks, or anywhere in a model that marks none.
    /// </summary>
    public IReadOnlyList<string>? CacheIdentifiers { get; init => field = ValueList<string>.From(value); }

    /// <summary>
    /// The lite form: only the layer that the model's output comes from is forecast (<see cref="OutputProjectionAttribute"/>), and no block runs
    /// where it is. Overrides both identifiers.
    /// </summary>
    public bool UseLiteMode { get; init; }

    /// <inheritdoc/>
    internal override void Check(ConfigProblems problems)
    {
        problems.AtLeast(nameof(CacheInterval), CacheInterval, 1, "give 1 to compute on every forward, n to compute on every n-th");
        problems.AtLeast(nameof(DisableCacheBeforeStep), DisableCacheBeforeStep, 0, "give the number of forwards that are all computed at first");
        problems.AtLeast(nameof(DisableCacheAfterStep), DisableCacheAfterStep, 0, "give the forward from which on all are computed, or null");
        problems.Within(nameof(MaxOrder), MaxOrder, 0, LargestOrder, "a series of higher order follows the noise of its values");
        problems.Patterns(nameof(SkipPredictIdentifiers), SkipPredictIdentifiers);
        problems.Patterns(nameof(CacheIdentifiers), CacheIdentifiers);
        if (TaylorFactorsDtype is not (null or ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16))
            problems.Of(nameof(TaylorFactorsDtype), TaylorFactorsDtype, "give Float32, Float16 or BFloat16, or null for the type of the values");
    }

    private const int LargestOrder = 8;
}

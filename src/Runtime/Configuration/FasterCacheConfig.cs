using Afterimage.Configuration;

namespace Afterimage;

/// <summary>
/// FasterCache (arXiv 2410.19355): on most forwards of the later part of a run the unconditional half of guidance is not
/// computed but rebuilt from the conditional half and a kept difference (CFG-Cache, equations 9 to 11), and on those forwards
/// attention is extrapolated from its two last values (dynamic feature reuse, equation 6). Parameters and defaults are those of
/// diffusers' <c>FasterCacheConfig</c> (<c>hooks/faster_cache.py</c>).
/// </summary>
/// <remarks>
/// Needs <see cref="GuidanceLayout.Batched"/>, or <see cref="IsGuidanceDistilled"/>. Cross attention and feed-forward layers are
/// never touched. With both attention skip ranges null only the unconditional half is skipped.
/// </remarks>
public sealed record FasterCacheConfig : CacheConfig
{
    /// <summary>N of spatial attention: computed on every N-th forward even where it could be skipped. Null leaves it alone.</summary>
    public int? SpatialAttentionBlockSkipRange { get; init; } = 2;

    /// <summary>N of temporal attention. Null leaves it alone.</summary>
    public int? TemporalAttentionBlockSkipRange { get; init; }

    /// <summary>The timesteps at which spatial attention may be skipped.</summary>
    public TimestepRange SpatialAttentionTimestepSkipRange { get; init; } = (-1, 681);

    /// <summary>The timesteps at which temporal attention may be skipped.</summary>
    public TimestepRange TemporalAttentionTimestepSkipRange { get; init; } = (-1, 681);

    /// <summary>The timesteps at which <see cref="AlphaLowFrequency"/> applies; the weight is 1 at others (equation 11).</summary>
    public TimestepRange LowFrequencyWeightUpdateTimestepRange { get; init; } = (99, 901);

    /// <summary>The timesteps at which <see cref="AlphaHighFrequency"/> applies; the weight is 1 at others (equation 11).</summary>
    public TimestepRange HighFrequencyWeightUpdateTimestepRange { get; init; } = (-1, 301);

    /// <summary>The factor by which the difference's low frequencies grow on every skipped forward (α1 of equation 11).</summary>
    public double AlphaLowFrequency { get; init; } = 1.1;

    /// <summary>The factor by which the difference's high frequencies grow on every skipped forward (α2 of equation 11).</summary>
    public double AlphaHighFrequency { get; init; } = 1.1;

    /// <summary>n of CFG-Cache: the unconditional half is computed on every n-th forward within the range.</summary>
    public int UnconditionalBatchSkipRange { get; init; } = 5;

    /// <summary>The timesteps at which the unconditional half may be skipped.</summary>
    public TimestepRange UnconditionalBatchTimestepSkipRange { get; init; } = (-1, 641);

    /// <summary>
    /// Regular expressions searched in a site's full name: which sites take the spatial setting, of those that diffusers' own
    /// patterns find (<c>^blocks.*attn</c>, <c>^transformer_blocks.*attn</c>, <c>^single_transformer_blocks.*attn</c>,
    /// <c>^temporal_transformer_blocks.*attn</c>). Null: those annotated as spatial in the model's stacks of blocks, or anywhere in a
    /// model that marks none.
    /// </summary>
    public IReadOnlyList<string>? SpatialAttentionBlockIdentifiers { get; init => field = ValueList<string>.From(value); }

    /// <summary>As above, for the temporal setting. A site that the spatial setting takes is not asked.</summary>
    public IReadOnlyList<string>? TemporalAttentionBlockIdentifiers { get; init => field = ValueList<string>.From(value); }

    /// <summary>
    /// w of H0 + w·(H0 − H1), the value of a skipped attention. Called once per skipped site and forward. Null: 0.5, and a note
    /// in the plan. The paper lets w grow from 0 to 1 over the run (<see cref="WeightSchedule.Ramp"/>).
    /// </summary>
    public Func<CacheStep, double>? AttentionWeightCallback { get; init; }

    /// <summary>
    /// This forward's factor of the difference's low frequencies, in place of <see cref="AlphaLowFrequency"/> and its range.
    /// Called once per skipped forward; factors multiply up since the last full one.
    /// </summary>
    public Func<CacheStep, double>? LowFrequencyWeightCallback { get; init; }

    /// <summary>As <see cref="LowFrequencyWeightCallback"/>, for the high frequencies.</summary>
    public Func<CacheStep, double>? HighFrequencyWeightCallback { get; init; }

    /// <summary>
    /// The order of the output's dimensions. The frequency split is the same for all; an output with another number of
    /// dimensions is refused.
    /// </summary>
    public TensorFormat TensorFormat { get; init; } = TensorFormat.BCFHW;

    /// <summary>
    /// Whether guidance is distilled into the model, so that no forward carries an unconditional half: attention is then skipped
    /// by its own setting alone.
    /// </summary>
    public bool IsGuidanceDistilled { get; init; }

    /// <summary>
    /// The inputs that carry both halves, by name. Null: those marked <see cref="GuidanceBatchAttribute"/>. The attributes
    /// decide; a list given here is compared with them.
    /// </summary>
    public IReadOnlyList<string>? UnconditionalConditionalInputKwargsIdentifiers
    {
        get;
        init => field = ValueList<string>.From(value);
    }

    internal override void Check(ConfigProblems problems)
    {
        problems.SkipRange(nameof(SpatialAttentionBlockSkipRange), SpatialAttentionBlockSkipRange);
        problems.SkipRange(nameof(TemporalAttentionBlockSkipRange), TemporalAttentionBlockSkipRange);
        problems.SkipRange(nameof(UnconditionalBatchSkipRange), UnconditionalBatchSkipRange);
        problems.Timesteps(nameof(SpatialAttentionTimestepSkipRange), SpatialAttentionTimestepSkipRange);
        problems.Timesteps(nameof(TemporalAttentionTimestepSkipRange), TemporalAttentionTimestepSkipRange);
        problems.Timesteps(nameof(LowFrequencyWeightUpdateTimestepRange), LowFrequencyWeightUpdateTimestepRange);
        problems.Timesteps(nameof(HighFrequencyWeightUpdateTimestepRange), HighFrequencyWeightUpdateTimestepRange);
        problems.Timesteps(nameof(UnconditionalBatchTimestepSkipRange), UnconditionalBatchTimestepSkipRange);
        problems.Factor(nameof(AlphaLowFrequency), AlphaLowFrequency);
        problems.Factor(nameof(AlphaHighFrequency), AlphaHighFrequency);
        problems.Patterns(nameof(SpatialAttentionBlockIdentifiers), SpatialAttentionBlockIdentifiers);
        problems.Patterns(nameof(TemporalAttentionBlockIdentifiers), TemporalAttentionBlockIdentifiers);
        problems.Defined(nameof(TensorFormat), TensorFormat);
    }
}

namespace Afterimage.Configuration;

/// <summary>The configs that can be read and written, under diffusers' names.</summary>
internal static class ConfigFormats
{
    public static readonly IReadOnlyList<ConfigFormat> All = [PyramidAttentionBroadcast(), FasterCache(), TaylorSeerCache(), MagCache(), FirstBlockCache(), DBCache(), TeaCache(), EasyCache(), StepMask(), Composed()];

    private static ConfigFormat PyramidAttentionBroadcast() => new ConfigFormat<PyramidAttentionBroadcastConfig>(
        "PyramidAttentionBroadcast", [],
    [
        JsonField.Of<PyramidAttentionBroadcastConfig>("spatial_attention_block_skip_range",
            c => c.SpatialAttentionBlockSkipRange, (c, v) => c with { SpatialAttentionBlockSkipRange = v }),
        JsonField.Of<PyramidAttentionBroadcastConfig>("temporal_attention_block_skip_range",
            c => c.TemporalAttentionBlockSkipRange, (c, v) => c with { TemporalAttentionBlockSkipRange = v }),
        JsonField.Of<PyramidAttentionBroadcastConfig>("cross_attention_block_skip_range",
            c => c.CrossAttentionBlockSkipRange, (c, v) => c with { CrossAttentionBlockSkipRange = v }),
        JsonField.Of<PyramidAttentionBroadcastConfig>("spatial_attention_timestep_skip_range",
            c => c.SpatialAttentionTimestepSkipRange, (c, v) => c with { SpatialAttentionTimestepSkipRange = v }),
        JsonField.Of<PyramidAttentionBroadcastConfig>("temporal_attention_timestep_skip_range",
            c => c.TemporalAttentionTimestepSkipRange, (c, v) => c with { TemporalAttentionTimestepSkipRange = v }),
        JsonField.Of<PyramidAttentionBroadcastConfig>("cross_attention_timestep_skip_range",
            c => c.CrossAttentionTimestepSkipRange, (c, v) => c with { CrossAttentionTimestepSkipRange = v }),
        JsonField.Of<PyramidAttentionBroadcastConfig>("spatial_attention_block_identifiers",
            c => c.SpatialAttentionBlockIdentifiers, (c, v) => c with { SpatialAttentionBlockIdentifiers = v }),
        JsonField.Of<PyramidAttentionBroadcastConfig>("temporal_attention_block_identifiers",
            c => c.TemporalAttentionBlockIdentifiers, (c, v) => c with { TemporalAttentionBlockIdentifiers = v }),
        JsonField.Of<PyramidAttentionBroadcastConfig>("cross_attention_block_identifiers",
            c => c.CrossAttentionBlockIdentifiers, (c, v) => c with { CrossAttentionBlockIdentifiers = v }),
        JsonField.Of<PyramidAttentionBroadcastConfig>("feed_forward_block_skip_range",
            c => c.FeedForwardBlockSkipRange, (c, v) => c with { FeedForwardBlockSkipRange = v })
            .UnlessDefault(c => c.FeedForwardBlockSkipRange),
        JsonField.Of<PyramidAttentionBroadcastConfig>("feed_forward_timestep_skip_range",
            c => c.FeedForwardTimestepSkipRange, (c, v) => c with { FeedForwardTimestepSkipRange = v })
            .UnlessDefault(c => c.FeedForwardTimestepSkipRange),
    ]);

    private static ConfigFormat FasterCache() => new ConfigFormat<FasterCacheConfig>("FasterCache",
    [
        JsonField.Of<FasterCacheConfig>("attention_weight_by_step", nameof(FasterCacheConfig.AttentionWeightCallback),
            c => c.AttentionWeightCallback, (c, v) => c with { AttentionWeightCallback = v }),
        JsonField.Of<FasterCacheConfig>("low_frequency_weight_by_step", nameof(FasterCacheConfig.LowFrequencyWeightCallback),
            c => c.LowFrequencyWeightCallback, (c, v) => c with { LowFrequencyWeightCallback = v }),
        JsonField.Of<FasterCacheConfig>("high_frequency_weight_by_step", nameof(FasterCacheConfig.HighFrequencyWeightCallback),
            c => c.HighFrequencyWeightCallback, (c, v) => c with { HighFrequencyWeightCallback = v }),
    ],
    [
        JsonField.Of<FasterCacheConfig>("spatial_attention_block_skip_range",
            c => c.SpatialAttentionBlockSkipRange, (c, v) => c with { SpatialAttentionBlockSkipRange = v }),
        JsonField.Of<FasterCacheConfig>("temporal_attention_block_skip_range",
            c => c.TemporalAttentionBlockSkipRange, (c, v) => c with { TemporalAttentionBlockSkipRange = v }),
        JsonField.Of<FasterCacheConfig>("spatial_attention_timestep_skip_range",
            c => c.SpatialAttentionTimestepSkipRange, (c, v) => c with { SpatialAttentionTimestepSkipRange = v }),
        JsonField.Of<FasterCacheConfig>("temporal_attention_timestep_skip_range",
            c => c.TemporalAttentionTimestepSkipRange, (c, v) => c with { TemporalAttentionTimestepSkipRange = v }),
        JsonField.Of<FasterCacheConfig>("low_frequency_weight_update_timestep_range",
            c => c.LowFrequencyWeightUpdateTimestepRange, (c, v) => c with { LowFrequencyWeightUpdateTimestepRange = v }),
        JsonField.Of<FasterCacheConfig>("high_frequency_weight_update_timestep_range",
            c => c.HighFrequencyWeightUpdateTimestepRange, (c, v) => c with { HighFrequencyWeightUpdateTimestepRange = v }),
        JsonField.Of<FasterCacheConfig>("alpha_low_frequency",
            c => c.AlphaLowFrequency, (c, v) => c with { AlphaLowFrequency = v }),
        JsonField.Of<FasterCacheConfig>("alpha_high_frequency",
            c => c.AlphaHighFrequency, (c, v) => c with { AlphaHighFrequency = v }),
        JsonField.Of<FasterCacheConfig>("unconditional_batch_skip_range",
            c => c.UnconditionalBatchSkipRange, (c, v) => c with { UnconditionalBatchSkipRange = v }),
        JsonField.Of<FasterCacheConfig>("unconditional_batch_timestep_skip_range",
            c => c.UnconditionalBatchTimestepSkipRange, (c, v) => c with { UnconditionalBatchTimestepSkipRange = v }),
        JsonField.Of<FasterCacheConfig>("spatial_attention_block_identifiers",
            c => c.SpatialAttentionBlockIdentifiers, (c, v) => c with { SpatialAttentionBlockIdentifiers = v }),
        JsonField.Of<FasterCacheConfig>("temporal_attention_block_identifiers",
            c => c.TemporalAttentionBlockIdentifiers, (c, v) => c with { TemporalAttentionBlockIdentifiers = v }),
        JsonField.OfEnum<FasterCacheConfig, TensorFormat>("tensor_format", c => c.TensorFormat, (c, v) => c with { TensorFormat = v }),
        JsonField.Of<FasterCacheConfig>("is_guidance_distilled",
            c => c.IsGuidanceDistilled, (c, v) => c with { IsGuidanceDistilled = v }),
        JsonField.Of<FasterCacheConfig>("_unconditional_conditional_input_kwargs_identifiers",
            c => c.UnconditionalConditionalInputKwargsIdentifiers,
            (c, v) => c with { UnconditionalConditionalInputKwargsIdentifiers = v }),
    ]);

    private static ConfigFormat TaylorSeerCache() => new ConfigFormat<TaylorSeerCacheConfig>("TaylorSeerCache", [],
    [
        JsonField.Of<TaylorSeerCacheConfig>("cache_interval", c => c.CacheInterval, (c, v) => c with { CacheInterval = v }),
        JsonField.Of<TaylorSeerCacheConfig>("disable_cache_before_step",
            c => c.DisableCacheBeforeStep, (c, v) => c with { DisableCacheBeforeStep = v }),
        JsonField.Of<TaylorSeerCacheConfig>("disable_cache_after_step",
            c => c.DisableCacheAfterStep, (c, v) => c with { DisableCacheAfterStep = v }),
        JsonField.Of<TaylorSeerCacheConfig>("max_order", c => c.MaxOrder, (c, v) => c with { MaxOrder = v }),
        JsonField.Of<TaylorSeerCacheConfig>("taylor_factors_dtype", c => c.TaylorFactorsDtype, (c, v) => c with { TaylorFactorsDtype = v }),
        JsonField.Of<TaylorSeerCacheConfig>("skip_predict_identifiers",
            c => c.SkipPredictIdentifiers, (c, v) => c with { SkipPredictIdentifiers = v }),
        JsonField.Of<TaylorSeerCacheConfig>("cache_identifiers", c => c.CacheIdentifiers, (c, v) => c with { CacheIdentifiers = v }),
        JsonField.Of<TaylorSeerCacheConfig>("use_lite_mode", c => c.UseLiteMode, (c, v) => c with { UseLiteMode = v }),
    ]);

    private static ConfigFormat MagCache() => new ConfigFormat<MagCacheConfig>("MagCache",
        // Recordings note what mag_ratios were before they were stretched.
        [JsonField.Of<MagCacheConfig>("mag_ratios_given", c => c.MagRatios, (c, _) => c) with { IsWritten = _ => false }],
    [
        JsonField.Of<MagCacheConfig>("threshold", c => c.Threshold, (c, v) => c with { Threshold = v }),
        JsonField.Of<MagCacheConfig>("max_skip_steps", c => c.MaxSkipSteps, (c, v) => c with { MaxSkipSteps = v }),
        JsonField.Of<MagCacheConfig>("retention_ratio", c => c.RetentionRatio, (c, v) => c with { RetentionRatio = v }),
        JsonField.Of<MagCacheConfig>("num_inference_steps", c => c.NumInferenceSteps, (c, v) => c with { NumInferenceSteps = v }),
        JsonField.Of<MagCacheConfig>("mag_ratios", c => c.MagRatios, (c, v) => c with { MagRatios = v }),
        JsonField.Of<MagCacheConfig>("calibrate", c => c.Calibrate, (c, v) => c with { Calibrate = v }),
    ]);

    private static ConfigFormat StepMask() => new ConfigFormat<StepMaskConfig>("StepMask", [],
    [
        JsonField.Of<StepMaskConfig>("mask", c => c.Mask, (c, v) => c with { Mask = v }),
        JsonField.OfEnum<StepMaskConfig, SiteKind>("kind", c => c.Kind, (c, v) => c with { Kind = v }),
    ]);

    private static ConfigFormat FirstBlockCache() => new ConfigFormat<FirstBlockCacheConfig>("FirstBlockCache", [],
        [JsonField.Of<FirstBlockCacheConfig>("threshold", c => c.Threshold, (c, v) => c with { Threshold = v })]);

    private static ConfigFormat DBCache() => new ConfigFormat<DBCacheConfig>("DBCache", [],
    [
        JsonField.Of<DBCacheConfig>("Fn_compute_blocks", c => c.FnComputeBlocks, (c, v) => c with { FnComputeBlocks = v }),
        JsonField.Of<DBCacheConfig>("Bn_compute_blocks", c => c.BnComputeBlocks, (c, v) => c with { BnComputeBlocks = v }),
        JsonField.Of<DBCacheConfig>("residual_diff_threshold",
            c => c.ResidualDiffThreshold, (c, v) => c with { ResidualDiffThreshold = v }),
        JsonField.Of<DBCacheConfig>("max_warmup_steps", c => c.MaxWarmupSteps, (c, v) => c with { MaxWarmupSteps = v }),
        JsonField.Of<DBCacheConfig>("max_cached_steps", c => c.MaxCachedSteps, (c, v) => c with { MaxCachedSteps = v }),
        JsonField.Of<DBCacheConfig>("max_continuous_cached_steps",
            c => c.MaxContinuousCachedSteps, (c, v) => c with { MaxContinuousCachedSteps = v }),
    ]);

    private static ConfigFormat EasyCache() => new ConfigFormat<EasyCacheConfig>("EasyCache", [],
    [
        JsonField.Of<EasyCacheConfig>("threshold", c => c.Threshold, (c, v) => c with { Threshold = v }),
        JsonField.Of<EasyCacheConfig>("retention_steps", c => c.RetentionSteps, (c, v) => c with { RetentionSteps = v }),
    ]);

    private static ConfigFormat Composed() => new ConfigFormat<ComposedCacheConfig>("Composed", [],
        [JsonField.Of<ComposedCacheConfig>("methods", c => c.Methods, (c, v) => c with { Methods = v })]);

    private static ConfigFormat TeaCache() => new ConfigFormat<TeaCacheConfig>("TeaCache", [],
    [
        JsonField.Of<TeaCacheConfig>("threshold", c => c.Threshold, (c, v) => c with { Threshold = v }),
        JsonField.Of<TeaCacheConfig>("coefficients", c => (IReadOnlyList<double>?)c.Coefficients, (c, v) => c with { Coefficients = v ?? [] }),
        JsonField.Of<TeaCacheConfig>("timestep_changes", c => c.TimestepChanges, (c, v) => c with { TimestepChanges = v }),
    ]);
}

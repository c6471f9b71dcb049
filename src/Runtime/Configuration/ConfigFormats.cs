namespace Afterimage.Configuration;

/// <summary>The configs that can be read and written, under diffusers' names.</summary>
internal static class ConfigFormats
{
    public static readonly IReadOnlyList<ConfigFormat> All = [PyramidAttentionBroadcast(), FasterCache()];

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
        JsonField.Of<FasterCacheConfig>("tensor_format", c => c.TensorFormat, (c, v) => c with { TensorFormat = v }),
        JsonField.Of<FasterCacheConfig>("is_guidance_distilled",
            c => c.IsGuidanceDistilled, (c, v) => c with { IsGuidanceDistilled = v }),
        JsonField.Of<FasterCacheConfig>("_unconditional_conditional_input_kwargs_identifiers",
            c => c.UnconditionalConditionalInputKwargsIdentifiers,
            (c, v) => c with { UnconditionalConditionalInputKwargsIdentifiers = v }),
    ]);
}

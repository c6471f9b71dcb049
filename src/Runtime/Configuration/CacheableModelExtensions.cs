namespace Afterimage;

/// <summary>Turns one caching method on, under the names that diffusers' functions have.</summary>
public static class CacheableModelExtensions
{
    /// <summary>Equals <see cref="ICacheableModel.EnableCache"/> with this config.</summary>
    /// <exception cref="InvalidOperationException">A cache is enabled already, or the model is in training mode.</exception>
    /// <exception cref="ArgumentException">The config is invalid, or none of its settings matches a site of this model.</exception>
    public static void ApplyPyramidAttentionBroadcast(this ICacheableModel model, PyramidAttentionBroadcastConfig config) =>
        model.EnableCache(config);

    /// <inheritdoc cref="ApplyPyramidAttentionBroadcast"/>
    public static void ApplyFasterCache(this ICacheableModel model, FasterCacheConfig config) => model.EnableCache(config);
}

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

    /// <inheritdoc cref="ApplyPyramidAttentionBroadcast"/>
    public static void ApplyTaylorSeerCache(this ICacheableModel model, TaylorSeerCacheConfig config) => model.EnableCache(config);

    /// <inheritdoc cref="ApplyPyramidAttentionBroadcast"/>
    public static void ApplyFirstBlockCache(this ICacheableModel model, FirstBlockCacheConfig config) => model.EnableCache(config);

    /// <inheritdoc cref="ApplyPyramidAttentionBroadcast"/>
    public static void ApplyMagCache(this ICacheableModel model, MagCacheConfig config) => model.EnableCache(config);

    /// <summary>As <see cref="ICacheableModel.BeginRun(IReadOnlyList{double}, GuidanceLayout?)"/>, for schedulers whose timesteps are whole numbers.</summary>
    /// <param name="model">The model.</param>
    /// <param name="timesteps">The timesteps that each context's forwards will have, in order (usually descending).</param>
    /// <param name="layout">The guidance layout of this run; <see langword="null"/> for the model's own.</param>
    /// <exception cref="InvalidOperationException">No cache is enabled, or another run of the model is in the middle.</exception>
    /// <exception cref="ArgumentException">There are no timesteps, or the config cannot work with this layout.</exception>
    public static CacheRun BeginRun(this ICacheableModel model, IReadOnlyList<long> timesteps, GuidanceLayout? layout = null) =>
        model.BeginRun([.. timesteps.Select(timestep => (double)timestep)], layout);
}

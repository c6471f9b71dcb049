using System.ComponentModel;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>The state behind a model's generated members. Used by generated code only.</summary>
/// <param name="guidanceLayout">The layout that the model's annotation names.</param>
/// <param name="guidanceBatch">The parameters of <c>forward</c> that carry both halves of guidance.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ModelCache(GuidanceLayout guidanceLayout, params string[] guidanceBatch) : IDisposable
{
    /// <summary>The layout that the model's annotation names.</summary>
    public GuidanceLayout GuidanceLayout { get; } = guidanceLayout;

    /// <summary>The parameters of <c>forward</c> that carry both halves of guidance.</summary>
    public IReadOnlyList<string> GuidanceBatch { get; } = guidanceBatch;

    /// <inheritdoc cref="ICacheableModel.IsCacheEnabled"/>
    public bool IsEnabled => throw new NotSupportedException();

    /// <inheritdoc cref="ICacheableModel.CacheSites"/>
    public IReadOnlyList<CacheSite> Sites(nn.Module model) => throw new NotSupportedException();

    /// <inheritdoc cref="ICacheableModel.EnableCache"/>
    public void Enable(nn.Module model, CacheConfig config) => throw new NotSupportedException();

    /// <inheritdoc cref="ICacheableModel.DisableCache"/>
    public void Disable() => throw new NotSupportedException();

    /// <inheritdoc cref="ICacheableModel.ResetCache"/>
    public void Reset() => throw new NotSupportedException();

    /// <inheritdoc cref="ICacheableModel.CacheContext"/>
    public IDisposable Context(string name) => throw new NotSupportedException();

    /// <inheritdoc cref="ICacheableModel.BeginRun"/>
    public CacheRun BeginRun(IReadOnlyList<double> timesteps, GuidanceLayout? layout) => throw new NotSupportedException();

    /// <summary>Takes the next row of the current run. <paramref name="guidanceBatch"/> are the arguments marked <see cref="GuidanceBatchAttribute"/>.</summary>
    public ForwardStep BeginForward(params ReadOnlySpan<Tensor?> guidanceBatch) => throw new NotSupportedException();

    /// <summary>Ends the current run: the model went to another device or dtype.</summary>
    public void Moved() => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotSupportedException();
}

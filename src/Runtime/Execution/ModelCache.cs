using System.ComponentModel;
using System.Text.Json;
using Afterimage.Planning;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>The state behind a model's generated members. Used by generated code only.</summary>
/// <param name="guidanceLayout">The layout that the model's annotation names.</param>
/// <param name="guidanceBatch">The parameters of <c>forward</c> that carry both halves of guidance.</param>
/// <param name="tensors">All tensor parameters of <c>forward</c>.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ModelCache(GuidanceLayout guidanceLayout, IReadOnlyList<string> guidanceBatch, IReadOnlyList<string> tensors) : IDisposable
{
    private readonly List<CacheRun> _runs = [];
    private CacheConfig? _config;
    private SiteTable? _table;
    private nn.Module? _model;
    private CacheRun? _current;
    private CacheRun? _implicit;
    private string _context = "";
    private int _busy;

    /// <inheritdoc cref="ICacheableModel.GuidanceLayout"/>
    public GuidanceLayout GuidanceLayout { get; } = guidanceLayout;

    /// <inheritdoc cref="ICacheableModel.IsCacheEnabled"/>
    public bool IsEnabled => _config is not null;

    /// <inheritdoc cref="ICacheableModel.CurrentRun"/>
    public CacheRun? CurrentRun => _current;

    /// <inheritdoc cref="ICacheableModel.CacheSites"/>
    public IReadOnlyList<CacheSite> Sites(nn.Module model) => SiteTable.Of(model).Sites;

    /// <inheritdoc cref="ICacheableModel.EnableCache"/>
    public void Enable(nn.Module model, CacheConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        ThrowIfBusy();
        if (_config is not null)
            throw new InvalidOperationException(
                $"A cache is enabled already, with {_config.GetType().Name}. Call {nameof(ICacheableModel.DisableCache)} first.");
        if (model.training)
            throw new InvalidOperationException("A cached run needs a model in evaluation mode. Call eval() on the model first.");

        // The layout is a run's to name; everything else that is wrong with a config shows here.
        var table = SiteTable.Of(model);
        CachePlanner.Create(config, table.Sites, GuidanceLayout.Batched);
        CheckGuidanceBatch(config);
        (_model, _config, _table) = (model, config, table);
    }

    /// <inheritdoc cref="ICacheableModel.DisableCache"/>
    public void Disable()
    {
        ThrowIfBusy();
        EndRuns();
        (_model, _config, _table) = (null, null, null);
    }

    /// <inheritdoc cref="ICacheableModel.ResetCache"/>
    public void Reset()
    {
        ThrowIfBusy();
        foreach (var run in _runs)
            run.Reset();
    }

    /// <inheritdoc cref="ICacheableModel.CacheContext"/>
    public IDisposable Context(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        ThrowIfBusy();
        var scope = new ContextScope(this, _context);
        _context = name;
        return scope;
    }

    /// <inheritdoc cref="ICacheableModel.BeginRun"/>
    public CacheRun BeginRun(IReadOnlyList<double> timesteps, GuidanceLayout? layout)
    {
        ArgumentNullException.ThrowIfNull(timesteps);
        ThrowIfBusy();
        if (layout is { } named && !Enum.IsDefined(named))
            throw new ArgumentOutOfRangeException(nameof(layout), named, "There is no such guidance layout.");
        return Begin(layout ?? GuidanceLayout, timesteps);
    }

    /// <summary>Takes the next row of the current run.</summary>
    /// <param name="inputs">The tensor arguments of <c>forward</c>.</param>
    public ForwardStep BeginForward(params ReadOnlySpan<Tensor?> inputs)
    {
        if (Interlocked.Exchange(ref _busy, 1) != 0)
            throw new InvalidOperationException(
                "The model is in the middle of another forward. A cached model runs one forward at a time: give each thread its own model.");
        try
        {
            // A call that is refused here has not touched any history: the run stays as it was.
            if (_model is { training: true })
                throw new InvalidOperationException("A cached forward needs a model in evaluation mode. Call eval() on the model first.");
            _current ??= ImplicitRun();
            return _current.BeginForward(_context, inputs);
        }
        catch
        {
            EndForward();
            throw;
        }
    }

    /// <summary>Ends all runs: the model went to another device or dtype, where their history is not.</summary>
    public void Moved()
    {
        ThrowIfBusy();
        EndRuns();
    }

    /// <inheritdoc/>
    public void Dispose() => EndRuns();

    internal static InvalidOperationException NoTimestepSource() => new(
        $"A cached forward needs its timestep. Begin a run with {nameof(ICacheableModel.BeginRun)}(timesteps), or set "
        + $"{nameof(CacheConfig.CurrentTimestepCallback)} in the config.");

    internal IReadOnlyList<string> Tensors { get; } = tensors;

    internal void EndForward() => Volatile.Write(ref _busy, 0);

    internal void Enter(CacheRun run)
    {
        ThrowIfBusy();
        _current = run;
    }

    internal void Leave(CacheRun run)
    {
        _runs.Remove(run);
        if (_current == run)
            _current = null;
        if (_implicit == run)
            _implicit = null;
    }

    internal void ThrowIfBusy()
    {
        if (Volatile.Read(ref _busy) != 0)
            throw new InvalidOperationException("The model is in the middle of a forward; change its cache between forwards.");
    }

    /// <summary>The one run of forwards that belong to no other, with timesteps from the config's callback.</summary>
    private CacheRun ImplicitRun() =>
        _implicit ??= _config?.CurrentTimestepCallback is null ? throw NoTimestepSource() : Begin(GuidanceLayout, null);

    private CacheRun Begin(GuidanceLayout layout, IReadOnlyList<double>? timesteps)
    {
        if (_config is null || _table is null)
            throw new InvalidOperationException($"No cache is enabled. Call {nameof(ICacheableModel.EnableCache)} first.");
        var run = new CacheRun(this, _config, _table, layout, timesteps);
        _runs.Add(run);
        return _current = run;
    }

    /// <summary>A config may name what diffusers would halve; an annotated input that is not among them would be halved here only.</summary>
    private void CheckGuidanceBatch(CacheConfig config)
    {
        if (config is not FasterCacheConfig { UnconditionalConditionalInputKwargsIdentifiers: { } named, IsGuidanceDistilled: false })
            return;
        var missing = guidanceBatch.Select(JsonNamingPolicy.SnakeCaseLower.ConvertName).Except(named).ToList();
        if (missing.Count > 0)
            throw new ArgumentException(
                $"The model halves {string.Join(", ", missing)} ([GuidanceBatch]) when the unconditional half is skipped, but "
                + $"{nameof(FasterCacheConfig.UnconditionalConditionalInputKwargsIdentifiers)} names only {string.Join(", ", named)}. "
                + "Add the names, or leave the property null.", nameof(config));
    }

    private void EndRuns()
    {
        foreach (var run in _runs.ToArray())
            run.Dispose();
    }

    private sealed class ContextScope(ModelCache owner, string previous) : IDisposable
    {
        public void Dispose() => owner._context = previous;
    }
}

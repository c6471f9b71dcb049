using Afterimage.Execution;
using Afterimage.Planning;
using static TorchSharp.torch;

namespace Afterimage;

/// <summary>
/// One denoising run of a model: its plan, its row counters and its histories. Made by
/// <see cref="ICacheableModel.BeginRun"/>; disposing of it frees its histories. Not thread-safe.
/// </summary>
public sealed class CacheRun : IDisposable
{
    private readonly ModelCache _owner;
    private readonly CacheConfig _config;
    private readonly SiteTable _table;
    private readonly HistoryBudget _budget;
    private readonly Dictionary<string, ContextState> _contexts = [];
    private readonly Dictionary<string, InputSignature> _signatures = [];
    private CachePlanner? _planner;
    private bool _inForward;

    internal CacheRun(ModelCache owner, CacheConfig config, SiteTable table, GuidanceLayout layout, IReadOnlyList<double>? timesteps)
    {
        (_owner, _config, _table, Layout) = (owner, config, table, layout);
        _budget = new HistoryBudget(config.MaxHistoryBytes);
        if (timesteps is not null)
            Plan = CachePlan.Create(config, timesteps, table.Sites, layout);
        else
            _planner = CachePlanner.Create(config, table.Sites, layout);
    }

    /// <summary>The plan, or <see langword="null"/> where the run learns its timesteps from a callback, one at a time.</summary>
    public CachePlan? Plan { get; }

    /// <summary>How guidance reaches the model in this run.</summary>
    public GuidanceLayout Layout { get; }

    /// <summary>
    /// If it is set, the model's next forwards return unconditional + scale·(conditional − unconditional) in float32 (float64 for a float64 model), with half
    /// the rows of their batch, instead of [unconditional, conditional]; where FasterCache leaves out the unconditional half, the
    /// batch is then never built. It may change between forwards, as dynamic guidance does. Default: <see langword="null"/>, the
    /// model's raw output.
    /// </summary>
    /// <exception cref="InvalidOperationException">The run's guidance does not come as a batch.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public double? GuidanceScale
    {
        get;
        set
        {
            if (value is { } scale && !double.IsFinite(scale))
                throw new ArgumentOutOfRangeException(nameof(value), value, "A guidance scale is a finite number.");
            if (value is not null && Layout != GuidanceLayout.Batched)
                throw new InvalidOperationException(
                    $"Guidance joins a run whose layout is {nameof(GuidanceLayout)}.{nameof(GuidanceLayout.Batched)}, and this one's is {Layout}.");
            field = value;
        }
    }

    /// <summary>The bytes of history held now.</summary>
    public long HistoryBytes => _contexts.Values.Sum(context => context.Bytes);

    /// <summary>Whether the run has been disposed of, by its owner or because the cache was disabled or the model moved.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Makes this the run that the model's next forwards belong to. Another run keeps what it has until it is entered again.</summary>
    /// <exception cref="ObjectDisposedException">The run is over.</exception>
    /// <exception cref="InvalidOperationException">The model is in the middle of a forward.</exception>
    public void Enter()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        _owner.Enter(this);
    }

    /// <summary>Frees all history and goes back to the first row.</summary>
    /// <exception cref="InvalidOperationException">The model is in the middle of a forward.</exception>
    public void Reset()
    {
        _owner.ThrowIfBusy();
        Clear();
    }

    /// <summary>Ends the run and frees its history, which a forward that is in the middle of it does when it ends.</summary>
    public void Dispose()
    {
        if (IsDisposed)
            return;
        IsDisposed = true;
        if (!_inForward)
            Clear();
        _owner.Leave(this);
    }

    internal void Clear()
    {
        foreach (var context in _contexts.Values)
            context.Dispose();
        _contexts.Clear();
        _signatures.Clear();
        _budget.Clear();
        if (_planner is not null)
            _planner = CachePlanner.Create(_config, _table.Sites, Layout);
    }

    internal ForwardStep BeginForward(string context, ReadOnlySpan<Tensor?> inputs)
    {
        var key = _config.ShareStateAcrossContexts ? "" : context;
        if (_signatures.TryGetValue(key, out var signature))
            signature.Check(inputs, _owner.Tensors, $"Forward {_contexts[key].Forwards} of the run");
        var state = StateOf(context, key);
        var row = NextRow(context, state);
        if (signature is null)
            _signatures[key] = InputSignature.Of(inputs);
        state.Forwards++;

        var keepsHalf = Plan?.KeepsConditionalHalf ?? _planner!.KeepsConditionalHalf;
        state.Select(row, keepsHalf && row.Guidance.Action != GuidanceAction.SkipUnconditional);
        _inForward = true;
        return new ForwardStep(_owner, this, state, row);
    }

    /// <summary>What a forward leaves behind: all of it, or nothing where it failed or the run was disposed of meanwhile.</summary>
    internal void EndForward(bool completed)
    {
        _inForward = false;
        if (!completed || IsDisposed)
            Clear();
    }

    private ContextState StateOf(string context, string key)
    {
        if (_contexts.TryGetValue(key, out var state))
            return state;
        var generations = Plan?.Generations ?? _planner!.Generations;
        var sites = _table.Sites
            .Select((site, i) => new SiteHistory(site, _table.Tensors[i], generations[i], _budget))
            .ToArray();
        var dimensions = _config is FasterCacheConfig { TensorFormat: TensorFormat.BCHW } ? 4 : 5;
        return _contexts[key] = new ContextState(RowsOf(context), sites, _table.Blocks, new GuidanceHistory(dimensions, _budget));
    }

    private IReadOnlyList<PlanRow> RowsOf(string context)
    {
        // With one planned context any name will do: diffusers' pipelines name theirs even where there is only one.
        if (Plan is null || Plan.Contexts.Length == 1 || _config.ShareStateAcrossContexts)
            return Plan?.Rows ?? [];
        return Plan.Contexts.Contains(context)
            ? [.. Plan.RowsOf(context)]
            : throw new InvalidOperationException(
                $"With {nameof(GuidanceLayout)}.{Layout} a forward belongs to one of the contexts {string.Join(", ", Plan.Contexts)}, not '{context}'. "
                + $"Wrap the call in {nameof(ICacheableModel.CacheContext)}.");
    }

    private PlanRow NextRow(string context, ContextState state)
    {
        var timestep = _config.CurrentTimestepCallback?.Invoke();
        if (Plan is null)
            return NextUnplanned(context, timestep ?? throw ModelCache.NoTimestepSource());

        if (state.Forwards >= state.Rows.Count)
            throw new InvalidOperationException(
                $"The run is over: its plan has {state.Rows.Count} forwards, and this is one more. "
                + $"Begin another run with {nameof(ICacheableModel.BeginRun)}.");
        var row = state.Rows[state.Forwards];
        if (_config.ShareStateAcrossContexts && Plan.Contexts.Length > 1 && row.Context != context)
            throw new InvalidOperationException(
                $"Forward {state.Forwards} of the run belongs to context '{row.Context}', but the model is in context '{context}'. "
                + $"Call the contexts of a step in the order {string.Join(", ", Plan.Contexts)}.");
        if (timestep is { } current && current != row.Timestep)
            throw new InvalidOperationException(
                $"Forward {row.Index} was planned for timestep {row.Timestep}, but {nameof(CacheConfig.CurrentTimestepCallback)} says {current}. "
                + "Begin the run with the timesteps that the scheduler really uses.");
        return row;
    }

    private PlanRow NextUnplanned(string context, double timestep)
    {
        try
        {
            return _planner!.Next(context, timestep);
        }
        catch
        {
            // A callback of the config failed in the middle of a row, which the planner cannot take back.
            Clear();
            throw;
        }
    }
}

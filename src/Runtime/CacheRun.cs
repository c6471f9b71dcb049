using System.Diagnostics;
using Afterimage.Execution;
using Afterimage.Kernels.Cuda;
using Afterimage.Kernels.Launch;
using Afterimage.Planning;
using static TorchSharp.torch;

namespace Afterimage;

/// <summary>
/// One denoising run of a model: its plan, its row counters and its histories. Made by
/// <see cref="ICacheableModel.BeginRun(IReadOnlyList{double}, GuidanceLayout?)"/>; disposing of it frees its histories. Not thread-safe.
/// </summary>
/// <remarks>
/// An exception in a forward frees the histories. Which forward comes next a plan cannot know then, so a planned run refuses all
/// until <see cref="Reset"/>; a run with timesteps from a callback begins anew with the next.
/// </remarks>
public sealed class CacheRun : IDisposable
{
    private const int ManyContexts = 8;

    private readonly ModelCache _owner;
    private readonly CacheConfig _config;
    private readonly SiteTable _table;
    private readonly HistoryBudget _budget;
    private readonly Dictionary<string, ContextState> _contexts = [];
    private readonly Dictionary<string, InputSignature> _signatures = [];
    private readonly PlannedRows? _plannedRows;
    private readonly CallbackRows? _callbackRows;
    private readonly List<PlanRow> _done = [];
    private CachePlanner? _decider;
    private (int Forward, bool Skips) _led = (-1, false);
    private string _end = "it was disposed of";
    private PlanRow? _failed;
    private bool _inForward;

    private CacheRun(ModelCache owner, CacheConfig config, SiteTable table, GuidanceLayout layout)
    {
        (_owner, _config, _table, Layout) = (owner, config, table, layout);
        _budget = new HistoryBudget(config.MaxHistoryBytes);
    }

    /// <summary>A run with timesteps that are known ahead, or that the config's callback says.</summary>
    internal CacheRun(ModelCache owner, CacheConfig config, SiteTable table, GuidanceLayout layout, IReadOnlyList<double>? timesteps)
        : this(owner, config, table, layout)
    {
        if (timesteps is null)
            _callbackRows = new CallbackRows(config, table.Sites, layout);
        else
            _plannedRows = new PlannedRows(Plan = CachePlan.Create(config, timesteps, table.Sites, layout));
        _decider = Decider();
        CheckPlan();
    }

    /// <summary>A run of a plan that was made before.</summary>
    internal CacheRun(ModelCache owner, CacheConfig config, SiteTable table, CachePlan plan)
        : this(owner, config, table, plan.Layout)
    {
        _plannedRows = new PlannedRows(Plan = plan);
        CheckPlan();
    }

    /// <summary>
    /// The plan, or <see langword="null"/> where the run learns its timesteps from a callback, one at a time. Of a method that decides while it runs it says
    /// what it would be if all were computed.
    /// </summary>
    public CachePlan? Plan { get; }

    /// <summary>
    /// What the run has done so far, as a plan: <see cref="ICacheableModel.BeginRun(CachePlan)"/> does it again, also what was decided while it ran.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// It has had no forward yet, or not as many in every context, or contexts that the layout does not have.
    /// </exception>
    public CachePlan Recorded() =>
        (Plan ?? CachePlan.Of(Planner!, Layout, _done, SharesState)).With(_done);

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
    /// <exception cref="ObjectDisposedException">The run is over.</exception>
    public double? GuidanceScale
    {
        get;
        set
        {
            ThrowIfDisposed();
            if (value is { } scale && !double.IsFinite(scale))
                throw new ArgumentOutOfRangeException(nameof(value), value, "A guidance scale is a finite number.");
            if (value is not null && Layout != GuidanceLayout.Batched)
                throw new InvalidOperationException(
                    $"Guidance joins a run whose layout is {nameof(GuidanceLayout)}.{nameof(GuidanceLayout.Batched)}, and this one's is {Layout}.");
            field = value;
        }
    }

    /// <summary>
    /// Whether every cache context of the run is given one prompt, whose values do not change from forward to forward. Where it is not said, each
    /// forward that reuses what was made of the prompt compares its values with those before, which makes the host wait for an accelerator; where
    /// it is, only shapes, types and devices are. Pipelines say so. Default: <see langword="false"/>.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The run is over.</exception>
    public bool PromptIsFixed
    {
        get;
        set
        {
            ThrowIfDisposed();
            field = value;
        }
    }

    /// <summary>
    /// The ratios of the forwards so far, where the config is a <see cref="MagCacheConfig"/> that calibrates: per cache context, for
    /// <see cref="MagCacheConfig.MagRatios"/>.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> MagRatios =>
        _contexts.Where(context => context.Value.Meter is not null).ToDictionary(context => context.Key, context => context.Value.Meter!.Ratios);

    /// <summary>The bytes of history held now.</summary>
    public long HistoryBytes => _contexts.Values.Sum(context => context.Bytes);

    /// <summary>Whether the run has been disposed of, by its owner or because the cache was disabled or the model moved.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Makes this the run that the model's next forwards belong to. Another run keeps what it has until it is entered again.</summary>
    /// <exception cref="ObjectDisposedException">The run is over.</exception>
    /// <exception cref="InvalidOperationException">The model is in the middle of a forward.</exception>
    public void Enter()
    {
        ThrowIfDisposed();
        _owner.Enter(this);
    }

    /// <summary>
    /// Steps out of the run, which keeps what it has until it is entered again: another may begin in the middle of it. Does nothing
    /// where the model is in another run.
    /// </summary>
    /// <exception cref="InvalidOperationException">The model is in the middle of a forward.</exception>
    public void Leave() => _owner.Leave(this);

    /// <summary>Frees all history and goes back to the first row, also after an exception in a forward.</summary>
    /// <exception cref="ObjectDisposedException">The run is over.</exception>
    /// <exception cref="InvalidOperationException">The model is in the middle of a forward.</exception>
    public void Reset()
    {
        ThrowIfDisposed();
        _owner.ThrowIfBusy();
        Clear();
    }

    /// <summary>Ends the run and frees its history, which a forward that is in the middle of it does when it ends.</summary>
    public void Dispose() => End(_end);

    /// <summary>As <see cref="Dispose"/>, for a reason that later messages give.</summary>
    internal void End(string reason)
    {
        if (IsDisposed)
            return;
        (IsDisposed, _end) = (true, reason);
        if (!_inForward)
            Clear();
        _owner.Remove(this);
    }

    /// <summary>How far a run has come that is neither at its beginning nor at its end, in words.</summary>
    internal string? Progress =>
        _failed is null && _contexts.Values.FirstOrDefault(context => context.Forwards > 0 && context.Forwards < context.Rows.Count) is { } open
            ? $"after {open.Forwards} of its {open.Rows.Count} forwards"
            : null;

    /// <summary>Whether this is a planned run that has not had a forward yet.</summary>
    internal bool IsUntouched => Plan is not null && _failed is null && _contexts.Count == 0;

    private void Clear()
    {
        foreach (var context in _contexts.Values)
            context.Dispose();
        _contexts.Clear();
        _signatures.Clear();
        _budget.Clear();
        _callbackRows?.Reset();
        _done.Clear();
        _led = (-1, false);
        _decider = Decider();
        _failed = null;
    }

    // A plan that was made before may be one of another config.
    private bool SharesState => Plan?.SharesStateAcrossContexts ?? _config.ShareStateAcrossContexts;

    /// <summary>Decides what no plan says: rows, or which of two.</summary>
    private CachePlanner? Planner => _decider ?? _callbackRows?.Planner;

    private CachePlanner? Decider() =>
        Plan is { DecidesAtRunTime: true } plan ? CachePlanner.Create(_config, _table.Sites, Layout, plan.Timesteps.Length) : null;

    /// <summary>The model's sites, and guidance where it comes in a batch.</summary>
    private IReadOnlyList<CacheSite> Sites => Plan is null ? Planner!.Sites : Plan.Sites;

    private StackGate? Gate => Plan is null ? Planner!.Gate : Plan.Gate;

    /// <summary>Whether anything is kept of the difference between both branches of guidance.</summary>
    internal bool KeepsGuidance => CacheSite.KeepsGuidance(Sites, Plan?.Slots ?? Planner!.RunSlots);

    /// <summary>What a forward is decided on, where one is.</summary>
    internal DecisionRule? Rule => Planner?.Rule;

    /// <summary>The ranks that see one forward together, and decide as one; <see langword="null"/> where there is one.</summary>
    private Communicator? Deciding => _owner.Parallel is not { } parallel ? null
        : (Layout == GuidanceLayout.Sequential ? parallel.Tokens : parallel.Communicator) is { Size: > 1 } ranks ? ranks : null;

    private void CheckPlan()
    {
        if (_config.CudaGraphs)
            RecordableSteps.Check(_config, Plan);
        if (Gate is not null && !_table.HasGate)
            throw new ArgumentException(
                $"{Plan?.Method ?? Planner!.Method} leaves a forward after its first blocks, and this model cannot be left there: it needs [BlockStack] on every list of "
                + "blocks, and a foreach over each in its body.");
    }

    /// <summary>Records bodies. <see langword="null"/> where each forward runs its own, and before the first.</summary>
    internal StepRecorder? Recorder { get; set; }

    /// <summary>What it holds for each cache context.</summary>
    internal IEnumerable<ContextState> States => _contexts.Values;

    internal ForwardStep BeginForward(string context, ReadOnlySpan<Tensor?> inputs)
    {
        if (_failed is { } failed)
            throw new InvalidOperationException(
                $"An exception ended {failed.Place} of this run, and took the run's history with it: what comes next cannot be told. "
                + $"Begin it anew with {nameof(Reset)}() and the first timestep, or begin another run.");
        var key = SharesState ? "" : context;
        var timestep = CurrentTimestep(context, ForwardsOf(key));
        if (_callbackRows?.BeginAnew(context, ForwardsOf(key), timestep!.Value, inputs) == true)
            Clear();
        if (_signatures.TryGetValue(key, out var signature))
            signature.Check(inputs, _owner.Tensors, $"Forward {ForwardsOf(key)} of the run");
        if (_config.CudaGraphs)
            Recorder ??= CudaStepRecorder.Of(inputs, _owner.Tensors);
        var state = StateOf(context, key);
        var row = _callbackRows is null ? NextPlanned(context, state, timestep) : NextUnplanned(context, timestep!.Value, inputs);
        row = OfThisPrompt(state, row, inputs);
        if (signature is null)
            _signatures[key] = InputSignature.Of(inputs);
        state.Forwards++;
        state.Graphs?.Begin(inputs);

        var keepsHalf = Plan?.KeepsConditionalHalf ?? Planner!.KeepsConditionalHalf;
        state.Select(row, Planner?.Skipped(row), keepsHalf && !SkipsHalf(row));
        var latents = _table.Latents < 0 ? null : inputs[_table.Latents];
        if (Planner?.Rule is LatentsRule && Skips(state, row, latents!))
            state.Skip();
        _inForward = true;
        return new ForwardStep(_owner, this, state, row, _owner.GuidanceRows(inputs), latents);
    }

    // The first context decides, and the others of its step follow.
    private bool Skips(ContextState state, PlanRow row, Tensor latents)
    {
        if (state.Decision is { } decision)
            _led = (row.Index, decision.Decide(latents, state.MaySkip));
        return state.MaySkip && _led == (row.Index, true);
    }

    /// <summary>What a forward leaves behind: all of it, or nothing where it failed or the run was disposed of meanwhile.</summary>
    internal void EndForward(ContextState state, bool completed)
    {
        var row = state.Row!;
        _inForward = false;
        if (completed && !IsDisposed)
        {
            Planner?.Decided(row, skipped: state.Skipped);
            state.Meter?.Measure();
            state.Prompt?.Completed(row);
            _done.Add(row);
            return;
        }
        Clear();
        // With timesteps from a callback the next forward says itself where it is.
        if (Plan is not null)
            _failed = row;
    }

    private int ForwardsOf(string key) => _contexts.TryGetValue(key, out var state) ? state.Forwards : 0;

    private double? CurrentTimestep(string context, int forwards)
    {
        if (_config.CurrentTimestepCallback is not { } callback)
            return null;
        var timestep = callback();
        return double.IsFinite(timestep)
            ? timestep
            : throw new InvalidOperationException(
                $"{nameof(CacheConfig.CurrentTimestepCallback)} returned {timestep} for forward {forwards}{(context.Length == 0 ? "" : $" of context '{context}'")}; "
                + "a timestep is a finite number, that of the forward which is about to run.");
    }

    private ContextState StateOf(string context, string key)
    {
        if (_contexts.TryGetValue(key, out var state))
            return state;
        var slots = Plan?.Slots ?? Planner!.RunSlots;
        var sites = Sites
            .Select((site, i) => new SiteHistory(site, i < _table.Sites.Count ? TensorsOf(_table.Descriptors[i]) : 1, slots[i], _budget, ObserverOf(i)))
            .ToArray();
        state = new ContextState(_plannedRows?.Of(context) ?? [], sites, _table.Blocks,
            _config.Parts.OfType<FasterCacheConfig>().FirstOrDefault() is { } faster ? faster.TensorFormat == TensorFormat.BCHW ? 4 : 5 : null,
            Gate is { } gate ? new GateHistory(gate, Planner?.Rule as FirstBlocksRule, Deciding) : null,
            DecisionOf(),
            PromptOf(slots),
            _config.Parts.Any(part => part is MagCacheConfig { Calibrate: true }) ? new MagnitudeMeter() : null,
            Recorder is null ? null : new StepGraphs(Recorder));
        _contexts.Add(key, state);
        if (_contexts.Count == ManyContexts + 1)
            Trace.TraceWarning(
                $"A cached run has more than {ManyContexts} cache contexts, '{context}' the latest, and each has a history of its own ({HistoryBytes:N0} bytes so far). "
                + "A context is a call that every step repeats, such as \"cond\"; a name that is new at every step reuses nothing.");
        return state;
    }

    private SiteObserver? Observer => (_config as CachePlanConfig)?.Observer;

    private Action<int, Tensor>? ObserverOf(int site) => Observer is { } observer ? (tensor, value) => observer(site, tensor, value) : null;

    private StepDecision? DecisionOf() => Observer is { } observer ? new IndicatorObservation(observer)
        : Planner?.Rule is LatentsRule && _contexts.Count > 0 ? null
        : StepDecision.Of(Planner?.Rule, Deciding);

    private PromptHistory? PromptOf(IReadOnlyList<SlotLayout> slots)
    {
        bool[] isOfPrompt = [.. slots.Select((slot, site) => slot.Values > 0 && IsOfPrompt(site))];
        return isOfPrompt.Contains(true) ? new PromptHistory(isOfPrompt, _budget) : null;
    }

    private bool IsOfPrompt(int site) => Plan?.IsOfPrompt(site) ?? (Sites[site].Kind == SiteKind.PromptProjection && Planner!.Slots[site].Values == 0);

    private PlanRow OfThisPrompt(ContextState state, PlanRow row, ReadOnlySpan<Tensor?> inputs)
    {
        if (state.Prompt is not { } prompt)
            return row;
        var (tensors, halves) = (new Tensor?[_table.Prompt.Count], new bool?[_table.Prompt.Count]);
        for (var i = 0; i < tensors.Length; i++)
        {
            tensors[i] = inputs[_table.Prompt[i]];
            halves[i] = tensors[i] is null ? null : SkipsHalf(row) && _owner.Halves(_table.Prompt[i], inputs);
        }
        try
        {
            return prompt.Renew(row, tensors, halves, PromptIsFixed);
        }
        catch
        {
            // There was no memory for its copy, or none is allowed, and the row is taken.
            Clear();
            _failed = Plan is null ? null : row;
            throw;
        }
    }

    private bool SkipsHalf(PlanRow row) => CacheSite.PlaceOfGuidance(Sites) is >= 0 and var guidance && !row.Cells[guidance].IsComputed;

    // Where a forward can be left and entered again, what blocks hand on to each other is kept too.
    private int TensorsOf(SiteDescriptor site) => site.Tensors + (Gate is null ? 0 : site.Carried);

    private PlanRow NextPlanned(string context, ContextState state, double? timestep)
    {
        var row = _plannedRows!.Next(context, state, timestep, _contexts.Values.Max(other => other.Forwards));
        return _decider is { RowsDependOnDecisions: true } decider ? decider.Next(row.Context, row.Timestep) : row;
    }

    private PlanRow NextUnplanned(string context, double timestep, ReadOnlySpan<Tensor?> inputs)
    {
        try
        {
            return _callbackRows!.Next(context, timestep, inputs);
        }
        catch
        {
            // A callback of the config failed in the middle of a row, which the planner cannot take back.
            Clear();
            throw;
        }
    }

    private void ThrowIfDisposed()
    {
        if (IsDisposed)
            throw new ObjectDisposedException(nameof(CacheRun), $"The run is over: {_end}. Begin another with {nameof(ICacheableModel.BeginRun)}.");
    }
}

using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Afterimage.Planning;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>The state behind a model's generated members. Used by generated code only.</summary>
/// <param name="guidanceLayout">The layout that the model's annotation names.</param>
/// <param name="guidanceBatch">The parameters of <c>forward</c> that carry both halves of guidance.</param>
/// <param name="tensors">All tensor parameters of <c>forward</c>.</param>
/// <param name="optional">Those of <paramref name="guidanceBatch"/> that may be null.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed partial class ModelCache(
    GuidanceLayout guidanceLayout, IReadOnlyList<string> guidanceBatch, IReadOnlyList<string> tensors, IReadOnlyList<string>? optional = null) : IDisposable
{
    private static readonly ConditionalWeakTable<nn.Module, ModelCache> s_enabled = [];

    private readonly List<CacheRun> _runs = [];
    private readonly List<ContextScope> _contexts = [];
    private CacheConfig? _config;
    private int[] _unnamed = [];
    private SiteTable? _table;
    private nn.Module? _model;
    private CacheRun? _current;
    private CacheRun? _implicit;
    private CacheRun? _latest; // to have had a forward
    private string? _endOfRuns;
    private bool _isBypassed;
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
        if (config is CachePlanConfig planned)
            Check(planned, model, table);
        else if (CachePlanner.Create(config, table.Sites, GuidanceLayout.Batched) is { Rule: IndicatorRule } planner && model is not ICachedModel { HasChangeIndicator: true })
            throw new ArgumentException(
                $"{planner.Method} decides on an indicator of change, and {model.GetType().Name} marks no method [ChangeIndicator]. Where it is the timestep's embedding, as for CogVideoX "
                + $"and Wan, set {nameof(TeaCacheConfig.TimestepChanges)}.", nameof(config));
        var unnamed = Unnamed(config);
        _unnamed = [.. Enumerable.Range(0, Tensors.Count).Where(input => unnamed.Contains(Tensors[input]))];
        (_model, _config, _table) = (model, config, table);
        s_enabled.AddOrUpdate(model, this);
    }

    /// <inheritdoc cref="ICacheableModel.DisableCache"/>
    public void Disable()
    {
        ThrowIfBusy();
        EndRuns("the cache was disabled");
        if (_model is not null && Parallel is null)
            s_enabled.Remove(_model);
        (_model, _config, _table, _endOfRuns, _unnamed) = (null, null, null, null, []);
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
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ThrowIfBusy();
        var scope = new ContextScope(this, name);
        _contexts.Add(scope);
        return scope;
    }

    /// <inheritdoc cref="ICacheableModel.BeginRun(IReadOnlyList{double}, GuidanceLayout?)"/>
    public CacheRun BeginRun(IReadOnlyList<double> timesteps, GuidanceLayout? layout)
    {
        ArgumentNullException.ThrowIfNull(timesteps);
        CheckBeginning();
        if (layout is { } named && !Enum.IsDefined(named))
            throw new ArgumentOutOfRangeException(nameof(layout), named, "There is no such guidance layout.");
        return Begin(() => new CacheRun(this, _config!, _table!, layout ?? GuidanceLayout, timesteps));
    }

    private void CheckBeginning()
    {
        ThrowIfBusy();
        if (_current?.Progress is { } progress)
            throw new InvalidOperationException(
                $"A run of this model is in the middle, {progress}. Dispose of it before another begins; or step out of it with "
                + $"{nameof(CacheRun)}.{nameof(CacheRun.Leave)}(), and go back with {nameof(CacheRun.Enter)}().");
        if (_current is { IsUntouched: true })
            Trace.TraceWarning(
                $"A run begins while the model is in another that has had no forward yet: the next forwards belong to the new one. Dispose of a run "
                + $"that is not needed, {nameof(CacheRun.Leave)}() one that is, and go back to it with {nameof(CacheRun.Enter)}().");
    }

    /// <inheritdoc cref="ICacheableModel.BeginRun(CachePlan)"/>
    public CacheRun BeginRun(CachePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        CheckBeginning();
        if (_table is not null)
            plan.CheckSites(CacheSite.OfRun(_table.Sites, plan.Layout));
        if (plan.DecidesAtRunTime)
            throw new ArgumentException(
                $"The plan of {plan.Method} leaves to the run what it skips. Begin a run with its timesteps, and replay what {nameof(CacheRun)}.{nameof(CacheRun.Recorded)} gives.",
                nameof(plan));
        return Begin(() => new CacheRun(this, _config!, _table!, plan));
    }

    /// <summary>Takes the next row of the current run.</summary>
    /// <param name="inputs">The tensor arguments of <c>forward</c>.</param>
    public ForwardStep BeginForward(params ReadOnlySpan<Tensor?> inputs)
    {
        if (Interlocked.Exchange(ref _busy, 1) != 0)
            throw new InvalidOperationException(
                "The model is in the middle of another forward. A cached model runs one forward at a time: give each thread its own model, "
                + "and do not call it from a callback of its config.");
        try
        {
            if (_isBypassed || _config is null)
            {
                Latest(null);
                return new ForwardStep(this, _isBypassed ? null : Parallel, GuidanceRows(inputs));
            }
            // A call that is refused here has not touched any history: the run stays as it was.
            if (_model is { training: true })
                throw new InvalidOperationException("A cached forward needs a model in evaluation mode. Call eval() on the model first.");
            foreach (var input in _unnamed)
            {
                if (inputs[input] is not null)
                    throw NotNamed([Tensors[input]], Named(_config!)!);
            }
            _current ??= ImplicitRun();
            Latest(_current);
            return _current.BeginForward(_contexts is [.., var innermost] ? innermost.Name : "", inputs);
        }
        catch
        {
            EndForward();
            throw;
        }
    }

    /// <summary>Ends all runs that had a forward: the model went to another device or dtype, where their history is not.</summary>
    public void Moved()
    {
        ThrowIfBusy();
        EndRuns("the model was moved to another device or dtype, where its history is not", run => !run.IsUntouched);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        EndRuns("the model was disposed of");
        Parallel?.Dispose();
    }

    internal IReadOnlyList<string> Tensors { get; } = tensors;

    /// <summary>
    /// Lets the model, and what models it contains, run their own bodies until the result is disposed of, and leaves their runs as
    /// they are.
    /// </summary>
    /// <exception cref="InvalidOperationException">A model is in the middle of a forward.</exception>
    internal static IDisposable Bypass(nn.Module model)
    {
        var caches = new HashSet<ModelCache>();
        foreach (var module in model.named_modules().Select(named => named.module).Prepend(model))
        {
            if (s_enabled.TryGetValue(module, out var cache))
                caches.Add(cache);
        }
        foreach (var cache in caches)
            cache.ThrowIfBusy();
        return new BypassScope(caches);
    }

    /// <summary>The config of a model's cache that has no run, and so nothing to lose; null where none is enabled.</summary>
    /// <exception cref="InvalidOperationException">It has a run, whose history would be lost.</exception>
    internal static CacheConfig? IdleConfigOf(nn.Module model) =>
        !s_enabled.TryGetValue(model, out var cache) ? null
            : cache._runs.Count == 0 ? cache._config
            : throw new InvalidOperationException(
                "A self-check compares with the model as it is without a cache, and a run of its cache would lose its history. "
                + $"Dispose of the run, or call {nameof(ICacheableModel.DisableCache)} first.");

    /// <summary>The rows of the guidance batch, of which some inputs may have one for all.</summary>
    internal long GuidanceRows(ReadOnlySpan<Tensor?> inputs)
    {
        long rows = 0;
        for (var i = 0; i < inputs.Length; i++)
        {
            if (inputs[i] is { } input && input.dim() > 0 && guidanceBatch.Contains(Tensors[i]))
                rows = Math.Max(rows, input.shape[0]);
        }
        return rows;
    }

    /// <summary>Whether a forward without the unconditional half passes on half of an input.</summary>
    internal bool Halves(int input, ReadOnlySpan<Tensor?> inputs) =>
        inputs[input] is { } tensor && tensor.dim() > 0 && guidanceBatch.Contains(Tensors[input]) && (tensor.shape[0] > 1 || GuidanceRows(inputs) <= 1);

    internal void EndForward() => Volatile.Write(ref _busy, 0);

    internal void Enter(CacheRun run)
    {
        ThrowIfBusy();
        _current = run;
    }

    internal void Leave(CacheRun run)
    {
        ThrowIfBusy();
        if (_current == run)
            _current = null;
    }

    internal void Remove(CacheRun run)
    {
        _runs.Remove(run);
        if (_current == run)
            _current = null;
        if (_implicit == run)
            _implicit = null;
        if (_latest == run)
            _latest = null;
    }

    internal void ThrowIfBusy()
    {
        if (Volatile.Read(ref _busy) != 0)
            throw new InvalidOperationException(
                "The model is in the middle of a forward, or of a callback that plans one; change its cache between forwards.");
    }

    /// <summary>What a run has recorded reads what the model keeps for itself, and another forward may have the model keep something else.</summary>
    private void Latest(CacheRun? run)
    {
        if (_latest is not null && _latest != run)
        {
            foreach (var context in _latest.States)
                context.Graphs?.Forget();
        }
        _latest = run;
    }

    /// <summary>The one run of forwards that belong to no other, with timesteps from the config's callback.</summary>
    private CacheRun ImplicitRun() =>
        _implicit ??= _config?.CurrentTimestepCallback is null ? throw NoTimestepSource() : New(() => new CacheRun(this, _config, _table!, GuidanceLayout, null));

    private InvalidOperationException NoTimestepSource()
    {
        var why = _runs.Count > 0 ? $"The model is in none of its {_runs.Count} runs: go back to one with {nameof(CacheRun)}.{nameof(CacheRun.Enter)}(). "
            : _endOfRuns is not null ? $"The last run is over: {_endOfRuns}. "
            : "";
        return new(
            $"{why}A cached forward needs its timestep. Begin a run with {nameof(ICacheableModel.BeginRun)}(timesteps), or set "
            + $"{nameof(CacheConfig.CurrentTimestepCallback)} in the config.");
    }

    private CacheRun Begin(Func<CacheRun> make)
    {
        // A plan asks the config's callbacks, which must not come back here.
        Volatile.Write(ref _busy, 1);
        try
        {
            return _current = New(make);
        }
        finally
        {
            EndForward();
        }
    }

    private CacheRun New(Func<CacheRun> make)
    {
        if (_config is null || _table is null)
            throw new InvalidOperationException($"No cache is enabled. Call {nameof(ICacheableModel.EnableCache)} first.");
        var run = make();
        if (Parallel is not null)
            ParallelRules.Check(Parallel, run, _config);
        _runs.Add(run);
        _endOfRuns = null;
        return run;
    }

    private static void Check(CachePlanConfig config, nn.Module model, SiteTable table)
    {
        config.Validate();
        config.Plan.CheckSites(CacheSite.OfRun(table.Sites, config.Plan.Layout));
        if (config.Plan.Subject is { } subject && ModelDigest.Of(model) is var digest && subject.Model != digest)
            throw new ArgumentException(
                $"The plan of {config.Plan.Method} was made for the weights {subject.Model}, and this model's are {digest}: what it does to others nobody has measured. "
                + "Make one for this model, or take the plan without its subject.", nameof(config));
    }

    /// <summary>
    /// A config may name what diffusers would halve; an annotated input that is not among them would be halved here only. Those that may be null are
    /// returned, for a forward that gives one: diffusers' own names leave some out.
    /// </summary>
    /// <exception cref="ArgumentException">One that is always given is not named.</exception>
    private IReadOnlyList<string> Unnamed(CacheConfig config)
    {
        if (Named(config) is not { } named)
            return [];
        var missing = guidanceBatch.Where(input => !named.Contains(JsonNamingPolicy.SnakeCaseLower.ConvertName(input))).ToLookup(input => optional?.Contains(input) == true);
        return missing.Contains(false) ? throw NotNamed([.. missing[false]], named) : [.. missing[true]];
    }

    private static IReadOnlyList<string>? Named(CacheConfig config) =>
        config.Parts.OfType<FasterCacheConfig>().FirstOrDefault(part => !part.IsGuidanceDistilled)?.UnconditionalConditionalInputKwargsIdentifiers;

    private static ArgumentException NotNamed(IReadOnlyList<string> inputs, IReadOnlyList<string> named) => new(
        $"The model halves {string.Join(", ", inputs.Select(JsonNamingPolicy.SnakeCaseLower.ConvertName))} ([GuidanceBatch]) when the unconditional half is skipped, but "
        + $"{nameof(FasterCacheConfig.UnconditionalConditionalInputKwargsIdentifiers)} names only {string.Join(", ", named)}. "
        + "Add the names, or leave the property null.", "config");

    private void EndRuns(string reason, Func<CacheRun, bool>? which = null)
    {
        foreach (var run in _runs.Where(which ?? (_ => true)).ToArray())
        {
            _endOfRuns = reason;
            run.End(reason);
        }
    }

    private sealed class ContextScope(ModelCache owner, string name) : IDisposable
    {
        public string Name => name;

        // This scope goes and no other: a later one stays the innermost, and there is nothing to find a second time.
        public void Dispose() => owner._contexts.Remove(this);
    }

    private sealed class BypassScope : IDisposable
    {
        private readonly HashSet<ModelCache> _caches;

        public BypassScope(HashSet<ModelCache> caches)
        {
            _caches = caches;
            foreach (var cache in caches)
                cache._isBypassed = cache.Sequence.IsSuspended = true;
        }

        public void Dispose()
        {
            foreach (var cache in _caches)
                cache._isBypassed = cache.Sequence.IsSuspended = false;
        }
    }
}

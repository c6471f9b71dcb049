using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>
/// Decides row by row what a method does; rows are made when they are asked for, so timesteps need not be known ahead.
/// </summary>
internal abstract class CachePlanner(IReadOnlyList<CacheSite> sites, bool shared)
{
    private readonly int _guidance = CacheSite.PlaceOfGuidance(sites);

    private readonly ForwardCounter _counter = new(shared);

    // Of every site the place of the one that leaves it out; −1: none.
    private readonly int[] _leftOutWith = PlacesLeftOutWith(sites);

    private PromptTurns? _prompt;

    /// <param name="config">The method and its settings.</param>
    /// <param name="sites">The model's sites.</param>
    /// <param name="layout">How guidance reaches the model.</param>
    /// <param name="steps">How many forwards each context has; <see langword="null"/> where that is not known ahead.</param>
    /// <exception cref="ArgumentException">The config is invalid, matches no site, or cannot work with the layout.</exception>
    public static CachePlanner Create(CacheConfig config, IReadOnlyList<CacheSite> sites, GuidanceLayout layout, int? steps = null)
    {
        config.Validate();
        sites = CacheSite.OfRun(sites, layout);
        var planner = Of(config, sites, layout, steps);
        planner.Slots =
        [
            .. planner.Slots.Select(slot => slot with
            {
                Dtype = slot.Dtype == SlotDtype.Native ? config.SlotDtype : slot.Dtype,
                OnHost = slot.OnHost || (config.OffloadHistory && slot.Values > 0),
            }),
        ];
        planner._prompt = config.ReusePromptProjections
            ? new PromptTurns(sites, planner.Slots, new SlotLayout(1, OnHost: config.OffloadHistory), config.ShareStateAcrossContexts, layout)
            : null;
        return planner;
    }

    private static CachePlanner Of(CacheConfig config, IReadOnlyList<CacheSite> sites, GuidanceLayout layout, int? steps) =>
        config switch
        {
            PyramidAttentionBroadcastConfig broadcast => new PyramidAttentionBroadcastPlanner(broadcast, sites),
            FasterCacheConfig faster => new FasterCachePlanner(faster, sites, layout),
            TaylorSeerCacheConfig taylor => PublishedMethods.TaylorSeer(taylor, sites),
            MagCacheConfig mag => PublishedMethods.MagCache(mag, sites),
            TeaCacheConfig { TimestepChanges: not null } tea => PublishedMethods.TeaCache(tea, sites),
            TeaCacheConfig tea => new TeaCachePlanner(tea, sites, steps),
            EasyCacheConfig easy => new EasyCachePlanner(easy, sites, steps),
            StepMaskConfig mask => PublishedMethods.StepMask(mask, sites),
            FirstBlockCacheConfig first => new FirstBlockCachePlanner(first, sites),
            DBCacheConfig dual => new FirstBlockCachePlanner(dual, sites),
            CacheMethodConfig method => new MethodPlanner(method, sites),
            ComposedCacheConfig composed when composed.Parts.ToArray() is [var only] =>
                Create(only with { ShareStateAcrossContexts = composed.ShareStateAcrossContexts, ReusePromptProjections = composed.ReusePromptProjections }, sites, layout, steps),
            ComposedCacheConfig composed => new ComposedPlanner(composed, sites, layout, steps),
            CachePlanConfig planned => throw new ArgumentException($"The plan of {planned.Plan.Method} says of every site what is done: it is composed with nothing else."),
            _ => throw new NotSupportedException($"There is no planner for {config.GetType().Name}."),
        };

    /// <exception cref="ArgumentException">There are no timesteps, or one is not finite.</exception>
    public static void CheckTimesteps(IReadOnlyList<double> timesteps)
    {
        if (timesteps.Count == 0)
            throw new ArgumentException("A run has at least one timestep, and none is given.", nameof(timesteps));
        for (var i = 0; i < timesteps.Count; i++)
        {
            if (!double.IsFinite(timesteps[i]))
                throw new ArgumentException($"Timestep {i} of {timesteps.Count} is {timesteps[i]}; timesteps are finite numbers.", nameof(timesteps));
        }
    }

    /// <summary>The sites of the run.</summary>
    public IReadOnlyList<CacheSite> Sites { get; } = sites;

    /// <summary>The method's name for people.</summary>
    public abstract string Method { get; }

    public abstract ImmutableArray<string> Notes { get; }

    /// <summary>Whether forwards may leave out the unconditional half, and full ones so keep only the conditional half of a site's result.</summary>
    public bool KeepsConditionalHalf => _guidance >= 0 && Slots[_guidance].Values > 0;

    /// <summary>The ranges of timesteps within which something is skipped, and the config's properties that hold them.</summary>
    public abstract ImmutableArray<(string Property, TimestepRange Range)> Ranges { get; }

    /// <summary>How results are kept, with as many values as the method can need at once; 0 for a site that it leaves alone.</summary>
    public ImmutableArray<SlotLayout> Slots { get; protected set; } = [];

    /// <summary>As <see cref="Slots"/>, with those of what is made of the prompt alone, which belong to no method.</summary>
    public ImmutableArray<SlotLayout> RunSlots => _prompt?.Slots ?? Slots;

    /// <summary>What a user should know of what is made of the prompt alone.</summary>
    public ImmutableArray<string> PromptNotes => _prompt?.Notes ?? [];

    /// <summary>The next row of a context. Every computed value that any later row could read is stored.</summary>
    public PlanRow Next(string context, double timestep)
    {
        var (index, iteration) = _counter.Next(context);
        var forward = new PlannedForward(context, index, iteration, timestep, new bool[_leftOutWith.Length], ComputesAll: false);
        var guidance = Guide(forward);
        var cells = Decide(forward with { ComputesAll = KeepsConditionalHalf && guidance.IsComputed });
        // What is the same at most forwards stays one array.
        if (_guidance >= 0 && cells[_guidance] != guidance)
            cells = cells.SetItem(_guidance, guidance);
        var leftOut = LeftOut(cells);
        if (leftOut.Contains(true))
            cells = [.. cells.Select((cell, site) => leftOut[site] ? PlanCell.LeftOut : cell)];
        return new PlanRow(context, index, timestep, _prompt?.Next(context, cells, leftOut) ?? cells);
    }

    /// <summary>What becomes of the unconditional half. Asked once per forward, before <see cref="Decide"/>.</summary>
    internal virtual PlanCell Guide(PlannedForward forward) => PlanCell.Compute;

    /// <summary>What the method wants of every site; of guidance <see cref="Guide"/> has said it. Asked once per forward.</summary>
    internal abstract ImmutableArray<PlanCell> Decide(PlannedForward forward);

    /// <summary>The sites that nobody asks for a value where others are skipped as the cells say.</summary>
    protected bool[] LeftOut(IReadOnlyList<PlanCell> cells)
    {
        var result = new bool[_leftOutWith.Length];
        for (var site = 0; site < result.Length; site++)
        {
            for (var outer = _leftOutWith[site]; outer >= 0 && !result[site]; outer = _leftOutWith[outer])
                result[site] = cells[outer].Depth > 0;
        }
        return result;
    }

    /// <summary>The sites that leave out a site where they are skipped, the innermost first.</summary>
    protected IEnumerable<int> Outer(int site)
    {
        for (var outer = _leftOutWith[site]; outer >= 0; outer = _leftOutWith[outer])
            yield return outer;
    }

    private static int[] PlacesLeftOutWith(IReadOnlyList<CacheSite> sites)
    {
        var places = new Dictionary<string, int>();
        for (var site = 0; site < sites.Count; site++)
            places.TryAdd(sites[site].Name, site);
        return [.. sites.Select(site => site.LeftOutWith is null ? -1 : places.GetValueOrDefault(site.LeftOutWith, -1))];
    }

    /// <summary>Where a forward is left whose stacks are skipped; <see langword="null"/> where stacks are skipped as a whole, or not at all.</summary>
    public virtual StackGate? Gate => null;

    /// <summary>What is decided on while it runs; <see langword="null"/> where every row is known when its timestep is.</summary>
    public virtual DecisionRule? Rule => null;

    /// <summary>Whether it is decided while it runs what becomes of a site.</summary>
    public virtual bool Decides(int site) => false;

    /// <summary>Whether what was decided for a forward changes what the next ones are.</summary>
    public virtual bool RowsDependOnDecisions => false;

    /// <summary>What a forward is in place of <paramref name="row"/>, if the decision is to skip; <see langword="null"/> where there is nothing to decide.</summary>
    public virtual PlanRow? Skipped(PlanRow row) => null;

    /// <summary>Hears what came of the row that came last.</summary>
    /// <param name="row">What the forward did.</param>
    /// <param name="skipped">Whether that is what <see cref="Skipped"/> gave.</param>
    public virtual void Decided(PlanRow row, bool skipped) { }

    /// <summary>Hears that sites it was asked about in the context's last forward were left out after all.</summary>
    /// <param name="row">What the forward did.</param>
    public virtual void TakeBack(PlanRow row) =>
        throw new NotSupportedException($"{Method} cannot be told afterwards what a forward left out.");
}

using System.Collections.Immutable;
using Afterimage.Planning;

namespace Afterimage;

/// <summary>
/// Everything that a run will do, decided before its first forward: one row per forward, one cell per site. A plan is an
/// immutable value; it knows no tensor and no model.
/// </summary>
public sealed partial record CachePlan
{
    private static readonly ImmutableArray<string> OneContext = [""];
    private static readonly ImmutableArray<string> GuidanceContexts = ["cond", "uncond"];

    internal CachePlan(string method, GuidanceLayout layout, ImmutableArray<CacheSite> sites, ImmutableArray<PlanRow> rows)
    {
        Method = method;
        Layout = layout;
        Sites = sites;
        Rows = rows;
        Contexts = layout == GuidanceLayout.Sequential ? GuidanceContexts : OneContext;
    }

    /// <summary>The caching method's name.</summary>
    public string Method { get; private init; }

    /// <summary>How guidance reaches the model in this run.</summary>
    public GuidanceLayout Layout { get; }

    /// <summary>The sites, in the order of the rows' cells: the model's, and after them the unconditional half of guidance where that comes in a batch.</summary>
    public ImmutableArray<CacheSite> Sites { get; }

    /// <summary>The cache contexts, in the order of a step's calls: <c>cond</c> and <c>uncond</c>, or one without a name.</summary>
    public ImmutableArray<string> Contexts { get; }

    /// <summary>What happens at each forward, in the order of the calls.</summary>
    public ImmutableArray<PlanRow> Rows { get; internal init; }

    /// <summary>The timesteps of each context's forwards.</summary>
    public ImmutableArray<double> Timesteps => [.. RowsOf(Contexts[0]).Select(row => row.Timestep)];

    /// <summary>What a user should know of how the config was understood. Empty when all is as the config says.</summary>
    public ImmutableArray<string> Notes { get; internal init; } = [];

    /// <summary>How the results of each site are kept.</summary>
    public ImmutableArray<SlotLayout> Slots { get; internal init; } = [];

    /// <summary>Whether a full forward keeps only the conditional half of a site's result.</summary>
    public bool KeepsConditionalHalf { get; internal init; }

    /// <summary>Whether all contexts use one counter and one history.</summary>
    public bool SharesStateAcrossContexts { get; internal init; }

    /// <summary>Where a forward is left whose stacks are skipped; <see langword="null"/> where stacks are skipped as a whole, or not at all.</summary>
    public StackGate? Gate { get; internal init; }

    /// <summary>What it was made for; <see langword="null"/> where it does not say.</summary>
    public PlanSubject? Subject { get; init; }

    /// <summary>Whether it is decided while it runs which of its stacks a forward skips. The rows say what happens where it skips none.</summary>
    public bool DecidesAtRunTime { get; internal init; }

    internal ImmutableArray<bool> Touched { get; init; } = [];

    internal ImmutableArray<bool> Undecided { get; init; } = [];

    /// <summary>Plans a run.</summary>
    /// <param name="config">The method and its settings.</param>
    /// <param name="timesteps">The timesteps of each context's forwards, in order (usually descending).</param>
    /// <param name="sites">The model's sites.</param>
    /// <param name="layout">How guidance reaches the model.</param>
    /// <exception cref="ArgumentException">
    /// There are no timesteps or one is not finite, the config is invalid, it matches no site, it cannot work with the layout, or it asks for graphs of what cannot be recorded.
    /// </exception>
    /// <exception cref="InsufficientMemoryException">So many steps do not fit into memory.</exception>
    /// <exception cref="InvalidOperationException">A weight callback returned what is no finite number, or ran out of weights.</exception>
    public static CachePlan Create(
        CacheConfig config, IReadOnlyList<double> timesteps, IReadOnlyList<CacheSite> sites, GuidanceLayout layout)
    {
        CheckSize(timesteps.Count, sites.Count, layout);
        CachePlanner.CheckTimesteps(timesteps);
        if (config is CachePlanConfig planned)
        {
            config.Validate();
            return planned.For(timesteps, sites, layout);
        }
        var planner = CachePlanner.Create(config, sites, layout, timesteps.Count);
        var contexts = layout == GuidanceLayout.Sequential ? GuidanceContexts : OneContext;
        var rows = timesteps.SelectMany(timestep => contexts.Select(context => planner.Next(context, timestep))).ToArray();
        var plan = Of(planner, layout, rows, config.ShareStateAcrossContexts) with
        {
            Notes = [.. planner.Notes, .. planner.PromptNotes, .. TimestepNotes.Of(planner, timesteps)],
        };
        var pruned = plan.DecidesAtRunTime ? plan : plan.Pruned();
        if (config.CudaGraphs)
            RecordableSteps.Check(config, pruned);
        return pruned;
    }

    /// <summary>What a method that decides while it runs skips at most: every forward that it may.</summary>
    internal static CachePlan CreateBoldest(
        CacheConfig config, IReadOnlyList<double> timesteps, IReadOnlyList<CacheSite> sites, GuidanceLayout layout)
    {
        var plan = Create(config, timesteps, sites, layout);
        var planner = CachePlanner.Create(config, sites, layout, timesteps.Count);
        var rows = new List<PlanRow>();
        foreach (var planned in plan.Rows)
        {
            var row = planner.Next(planned.Context, planned.Timestep);
            var skipped = planner.Skipped(row);
            planner.Decided(skipped ?? row, skipped is not null);
            rows.Add(skipped ?? row);
        }
        return plan.With(rows);
    }

    /// <summary>A plan of a planner's rows, in the order of the calls, with everything kept that a later row could read.</summary>
    internal static CachePlan Of(
        CachePlanner planner, GuidanceLayout layout, IReadOnlyList<PlanRow> rows, bool shares) =>
        new(planner.Method, layout, [.. planner.Sites], [.. rows])
        {
            Slots = planner.RunSlots,
            KeepsConditionalHalf = planner.KeepsConditionalHalf,
            SharesStateAcrossContexts = shares,
            Gate = planner.Gate,
            DecidesAtRunTime = planner.Rule is not null,
            Undecided = [.. planner.Sites.Select((_, site) => planner.Decides(site))],
            Touched = [.. planner.Slots.Zip(planner.Sites, (slot, site) => slot.Values > 0 && site.Kind != SiteKind.Guidance)],
        };

    /// <summary>This plan, with rows that have been run in place of its own.</summary>
    /// <exception cref="InvalidOperationException">They are no whole steps of the plan's contexts.</exception>
    internal CachePlan With(IReadOnlyList<PlanRow> done)
    {
        // With one context any name will do, and a plan has none for it.
        PlanRow[] rows = Contexts.Length == 1 ? [.. done.Select(row => row with { Context = Contexts[0] })] : [.. done];
        for (var call = 0; call < rows.Length; call++)
        {
            if (rows[call].Context != Contexts[call % Contexts.Length])
                throw new InvalidOperationException(
                    $"A plan of this run cannot be made: its call {call} was in context '{rows[call].Context}', and with {nameof(GuidanceLayout)}.{Layout} "
                    + $"a step calls {string.Join(", then ", Contexts)}.");
        }
        if (rows.Length == 0 || rows.Length % Contexts.Length != 0)
            throw new InvalidOperationException($"A plan of this run cannot be made: it has had {rows.Length} forwards, which are no whole steps of {Contexts.Length}.");
        return (this with { Rows = [.. rows], DecidesAtRunTime = false, Undecided = [.. Undecided.Select(_ => false)] }).Pruned();
    }

    /// <summary>Without what no row reads.</summary>
    private CachePlan Pruned()
    {
        var histories = Rows.GroupBy(row => SharesStateAcrossContexts ? "" : row.Context).Select(rows => PlanLiveness.Prune([.. rows], Sites)).ToArray();

        // Every history's rows are in the order of the calls, so the calls' order is that of (step, context).
        var ordered = histories.SelectMany(history => history.Rows).OrderBy(row => row.Index).ThenBy(row => Contexts.IndexOf(row.Context));
        return this with
        {
            Rows = [.. ordered],
            Slots = [.. Slots.Select((slot, site) => slot with { Values = histories.Max(history => history.Values[site]) })],
        };
    }

    /// <exception cref="ArgumentException">The plan is one of a model with other sites.</exception>
    internal void CheckSites(IReadOnlyList<CacheSite> sites)
    {
        if (Sites.SequenceEqual(sites))
            return;
        var (missing, other) = (Sites.Except(sites).FirstOrDefault(), sites.Except(Sites).FirstOrDefault());
        var difference = missing is not null ? $"it has {missing.Name} ({missing.Kind}), and this one has not"
            : other is not null ? $"this one has {other.Name} ({other.Kind}), and it has not"
            : "its sites come in another order";
        throw new ArgumentException($"The plan is one of another model: {difference}. Plan this model's run with {nameof(CachePlan)}.{nameof(Create)}.", "plan");
    }

    /// <summary>Refuses a plan whose rows do not fit into memory: of every forward an object, and of every site in it a reference.</summary>
    /// <exception cref="InsufficientMemoryException">They do not fit.</exception>
    internal static void CheckSize(int timesteps, int sites, GuidanceLayout layout, double? available = null) => MemoryEstimate.Require(
        $"{timesteps} steps of {sites} sites",
        (double)timesteps * (layout == GuidanceLayout.Sequential ? 2 : 1) * (80 + 8.0 * sites),
        "a plan",
        "ask for fewer steps",
        available);

    /// <summary>The same under another name.</summary>
    internal CachePlan Named(string method) => this with { Method = method };

    /// <summary>The rows of one context, in order. Empty for a context that the plan does not have.</summary>
    public IEnumerable<PlanRow> RowsOf(string context) => Rows.Where(row => row.Context == context);

    /// <summary>
    /// Whether a setting of the config applies to the site (in diffusers: whether it gets a hook). It may be computed at every
    /// row all the same. Guidance is no site of the model: <see cref="KeepsConditionalHalf"/> says it of that.
    /// </summary>
    /// <param name="site">The place in <see cref="Sites"/>.</param>
    public bool Touches(int site) => Touched[site];

    /// <summary>
    /// Whether a site is made of the prompt alone and is no method's: where it is kept, it is computed when it is first asked for and handed out from then on.
    /// </summary>
    internal bool IsOfPrompt(int site) => Sites[site].Kind == SiteKind.PromptProjection && !Touched[site];

    /// <summary>Whether a site is listed beside others: those of the prompt do all the same, and guidance has a column of its own.</summary>
    internal bool IsListed(int site) => !IsOfPrompt(site) && Sites[site].Kind != SiteKind.Guidance;

    /// <summary>
    /// What becomes of the unconditional half of guidance at a forward: it is computed, where there is none too, or <see cref="PlanCell.Predict"/> has the weights
    /// of the low and the high frequencies of the difference that is kept.
    /// </summary>
    /// <param name="row">One of the plan's rows.</param>
    public PlanCell GuidanceOf(PlanRow row) => CacheSite.PlaceOfGuidance(Sites) is >= 0 and var guidance ? row.Cells[guidance] : PlanCell.Compute;

    /// <summary>Whether a row's cell of a site says only what happens where it is decided to compute.</summary>
    internal bool IsUndecided(PlanRow row, int site) => row.Index > 0 && Undecided[site] && row.Cells[site].Stores;

    /// <summary>The plan as JSON, for <see cref="FromJson"/>.</summary>
    public string ToJson() => PlanJson.Write(this);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="System.Text.Json.JsonException">The text is no plan, or one that reads results it does not keep.</exception>
    public static CachePlan FromJson(string json) => PlanJson.Read(json);

    /// <summary>Writes the plan's JSON to a file, whole or not at all.</summary>
    /// <inheritdoc cref="WholeFile.CheckTarget" path="/exception"/>
    public void Save(string path) => WholeFile.WriteText(path, ToJson());

    /// <summary>Reads a plan that <see cref="Save"/> wrote.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is a folder, a pipe or a device, holds nothing or more than 256 MiB, or is no text.</exception>
    /// <exception cref="System.Text.Json.JsonException">It holds no plan, or one that reads results it does not keep; the message names the file.</exception>
    public static CachePlan Load(string path) => RegularFile.ReadJson(path, FromJson);

    /// <summary>A table of forwards × sites, sites that do the same in one column, with a legend and the notes.</summary>
    public override string ToString() => PlanTable.Of(this);

    /// <inheritdoc/>
    public bool Equals(CachePlan? other) =>
        other is not null && Method == other.Method && Layout == other.Layout
        && Gate == other.Gate && DecidesAtRunTime == other.DecidesAtRunTime && Subject == other.Subject
        && KeepsConditionalHalf == other.KeepsConditionalHalf && SharesStateAcrossContexts == other.SharesStateAcrossContexts
        && Sites.SequenceEqual(other.Sites) && Touched.SequenceEqual(other.Touched) && Undecided.SequenceEqual(other.Undecided)
        && Slots.SequenceEqual(other.Slots) && Notes.SequenceEqual(other.Notes) && Rows.SequenceEqual(other.Rows);

    /// <inheritdoc/>
    public override int GetHashCode() => Rows.Aggregate(HashCode.Combine(Method, Layout, Sites.Length), HashCode.Combine);
}

using System.Collections.Immutable;

namespace Afterimage.Tuning;

/// <summary>
/// Searches the draft whose films are predicted to be the nearest to those without a cache, of all that take no more than some seconds. It begins with LeMiCa's best path, and with
/// what is left when again and again the step is made cheaper that costs the least error for the time; then two steps at a time change what they skip, as long as that brings
/// something.
/// </summary>
/// <param name="calibration">What was measured.</param>
/// <param name="outer">What is skipped as a whole: stacks, or all up to the output.</param>
/// <param name="keepsGuidance">Whether steps are guided by what is kept of the unconditional half.</param>
internal sealed class DraftSearch(CacheCalibration calibration, SiteKind outer, bool keepsGuidance)
{
    /// <summary>The most steps from one computed stack to the next: the longest gap of published masks is 7.</summary>
    private const int LongestGap = 10;

    /// <summary>What is less than that in decibels is no improvement.</summary>
    private const double LeastGain = 0.02;

    /// <summary>So many prompts tell drafts apart; all of them choose among the last.</summary>
    private const int SearchedPrompts = 4;

    private readonly ErrorModel _errors = new(calibration, SearchedPrompts);
    private readonly ErrorModel _allErrors = new(calibration);

    private readonly ImmutableArray<SkippedKinds> _choices =
        [.. Searched.Choices([.. calibration.Regions.Select(region => region.Name.Kind).Distinct().Where(kind => calibration.IsSearched(kind))], outer, keepsGuidance).Where(calibration.Costs.Has)];

    private int Steps => calibration.Timesteps.Count;

    private int WarmUp => Searched.WarmUp(Steps);

    /// <summary>Whether there is anything to search.</summary>
    public bool IsPossible => calibration.IsSearched(outer) && (!keepsGuidance || calibration.IsSearched(SiteKind.Guidance));

    /// <summary>The seconds of the fastest film: every step but the first ones skips what saves the most.</summary>
    public double LeastSeconds => _choices.Min(choice => calibration.Costs.Of(new PlanDraft([.. Enumerable.Repeat(SkippedKinds.None, WarmUp), .. Enumerable.Repeat(choice, Steps - WarmUp)])));

    /// <summary>The best draft found; <see langword="null"/> where none is as fast.</summary>
    /// <param name="seconds">The most that a film may take.</param>
    /// <param name="cancellationToken">Looked at before every change.</param>
    public PlanDraft? Find(double seconds, CancellationToken cancellationToken)
    {
        PlanDraft?[] starts = keepsGuidance ? [Cheapened(seconds)] : [Cheapened(seconds), ShortestPath(seconds)];
        return starts.OfType<PlanDraft>().Select(start => Improved(start, seconds, cancellationToken)).MaxBy(_allErrors.MeanPsnr);
    }

    /// <summary>LeMiCa's path with as many computed steps as there is time for.</summary>
    private PlanDraft? ShortestPath(double seconds)
    {
        var edges = new Dictionary<(int, int), double>();
        var first = WarmUp - 1;
        for (var computed = Steps - first - 1; computed >= 2; computed--)
        {
            if (MinimaxPath.Find(Steps - first, computed, LongestGap, (from, to) => Error(from + first, to + first)) is not { } path)
                continue;
            var draft = PlanDraft.Of(Steps, outer, [.. Enumerable.Range(0, first), .. path.Select(step => step + first)]);
            if (calibration.Costs.Of(draft) <= seconds)
                return draft;
        }
        return null;

        double Error(int from, int to) => edges.TryGetValue((from, to), out var known) ? known : edges[(from, to)] = _errors.EdgeError(outer, from, to);
    }

    /// <summary>The whole run, made cheaper step by step.</summary>
    private PlanDraft? Cheapened(double seconds)
    {
        var draft = PlanDraft.Full(Steps);
        // One step that is guided by what is kept makes the keeping worth it: all begin from there.
        if (keepsGuidance)
            draft = With(draft, WarmUp, SkippedKinds.Of(SiteKind.Guidance));
        while (calibration.Costs.Of(draft) is var cost && cost > seconds)
        {
            var error = _errors.SquaredErrors(draft).Average();
            var best = (Draft: default(PlanDraft), Price: double.PositiveInfinity);
            foreach (var changed in Changes(draft))
            {
                if (cost - calibration.Costs.Of(changed) is > 0 and var saved && (_errors.SquaredErrors(changed).Average() - error) / saved is var price && price < best.Price)
                    best = (changed, price);
            }
            if (best.Draft is null)
                return null;
            draft = best.Draft;
        }
        return draft;
    }

    private PlanDraft Improved(PlanDraft draft, double seconds, CancellationToken cancellationToken)
    {
        var quality = _errors.MeanPsnr(draft);
        for (var improved = true; improved;)
        {
            improved = false;
            foreach (var changed in Changes(draft))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Best(changed, seconds) is not { } best || best.Quality <= quality + LeastGain)
                    continue;
                (draft, quality, improved) = (best.Draft, best.Quality, true);
                break;
            }
        }
        return draft;
    }

    /// <summary>A draft itself, where there is time for it, or the best that a second change makes of it with the time that there is.</summary>
    private (PlanDraft Draft, double Quality)? Best(PlanDraft draft, double seconds)
    {
        var cost = calibration.Costs.Of(draft);
        var drafts = cost <= seconds ? [draft] : Enumerable.Empty<PlanDraft>();
        // What is as fast as it may be becomes slower where it was made faster, and faster where it was made slower.
        var others = Changes(draft).Where(other => calibration.Costs.Of(other) is var changed && changed <= seconds && changed > cost == cost <= seconds);
        return drafts.Concat(others).Select(each => ((PlanDraft, double)?)(each, _errors.MeanPsnr(each))).MaxBy(each => each!.Value.Item2);
    }

    /// <summary>All drafts with one step changed.</summary>
    private IEnumerable<PlanDraft> Changes(PlanDraft draft) =>
        from step in Enumerable.Range(WarmUp, Steps - WarmUp)
        from choice in _choices
        where choice != draft.Steps[step]
        select With(draft, step, choice);

    private static PlanDraft With(PlanDraft draft, int step, SkippedKinds choice) => new(draft.Steps.SetItem(step, choice));
}

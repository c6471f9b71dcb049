using System.Collections.Immutable;

namespace Afterimage.Tuning;

/// <summary>
/// Searches the draft whose films are predicted to be the nearest to those without a cache, of all that take no more than some seconds. It begins with LeMiCa's best path, and with
/// what is left when again and again the step is made cheaper that costs the least error for the time; then two steps at a time change what they skip, as long as that brings
/// something.
/// </summary>
/// <param name="calibration">What was measured.</param>
/// <param name="keepsGuidance">Whether steps are guided by what is kept of the unconditional half.</param>
internal sealed class DraftSearch(CacheCalibration calibration, bool keepsGuidance)
{
    /// <summary>The most steps from one computed stack to the next: the longest gap of published masks is 7.</summary>
    private const int LongestGap = 10;

    private readonly ErrorModel _errors = new(calibration);

    private readonly ImmutableArray<SkippedKinds> _choices =
        [.. Searched.Choices([.. calibration.Regions.Select(region => region.Name.Kind).Distinct().Where(kind => calibration.IsSearched(kind))], keepsGuidance).Where(calibration.Costs.Has)];

    private int Steps => calibration.Timesteps.Count;

    /// <summary>Whether there is anything to search.</summary>
    public bool IsPossible => !keepsGuidance || calibration.IsSearched(SiteKind.Guidance);

    /// <summary>The seconds of the fastest film: every step but the first skips what saves the most.</summary>
    public double LeastSeconds => _choices.Min(choice => calibration.Costs.Of(new PlanDraft([SkippedKinds.None, .. Enumerable.Repeat(choice, Steps - 1)])));

    /// <summary>The best draft found; <see langword="null"/> where none is as fast.</summary>
    /// <param name="seconds">The most that a film may take.</param>
    /// <param name="cancellationToken">Looked at before every change.</param>
    public PlanDraft? Find(double seconds, CancellationToken cancellationToken)
    {
        PlanDraft?[] starts = keepsGuidance ? [Cheapened(seconds)] : [Cheapened(seconds), ShortestPath(seconds)];
        return starts.OfType<PlanDraft>().Select(start => Improved(start, seconds, cancellationToken)).MaxBy(_errors.MeanPsnr);
    }

    /// <summary>LeMiCa's path with as many computed steps as there is time for.</summary>
    private PlanDraft? ShortestPath(double seconds)
    {
        var edges = new Dictionary<(int, int), double>();
        for (var computed = Steps - 1; computed >= 2; computed--)
        {
            if (MinimaxPath.Find(Steps, computed, LongestGap, Error) is not { } path)
                continue;
            var draft = PlanDraft.Of(Steps, SiteKind.BlockStack, path);
            if (calibration.Costs.Of(draft) <= seconds)
                return draft;
        }
        return null;

        double Error(int from, int to) => edges.TryGetValue((from, to), out var known) ? known : edges[(from, to)] = _errors.EdgeError(from, to);
    }

    /// <summary>The whole run, made cheaper step by step.</summary>
    private PlanDraft? Cheapened(double seconds)
    {
        var draft = PlanDraft.Full(Steps);
        // The first step that guidance is kept at makes the others' keeping worth it: all begin from there.
        if (keepsGuidance)
            draft = With(draft, 1, SkippedKinds.Of(SiteKind.Guidance));
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
                // A change that makes room for another, or one that there was room for.
                var candidates = calibration.Costs.Of(changed) <= seconds ? [changed] : Array.Empty<PlanDraft>();
                var best = candidates.Concat(Changes(changed).Where(second => calibration.Costs.Of(second) <= seconds)).Select(each => (Draft: each, Quality: _errors.MeanPsnr(each))).MaxBy(each => each.Quality);
                if (best.Draft is null || best.Quality <= quality + 1e-3)
                    continue;
                (draft, quality, improved) = (best.Draft, best.Quality, true);
                break;
            }
        }
        return draft;
    }

    /// <summary>All drafts with one step changed.</summary>
    private IEnumerable<PlanDraft> Changes(PlanDraft draft) =>
        from step in Enumerable.Range(1, Steps - 1)
        from choice in _choices
        where choice != draft.Steps[step]
        select With(draft, step, choice);

    private static PlanDraft With(PlanDraft draft, int step, SkippedKinds choice) => new(draft.Steps.SetItem(step, choice));
}

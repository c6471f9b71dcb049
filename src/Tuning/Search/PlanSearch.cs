using System.Globalization;
using Afterimage.Models;

namespace Afterimage.Tuning;

/// <summary>
/// Searches plans that are as fast as is asked for and as near to films without a cache as can be, or the other way round. What a plan does is predicted from a
/// <see cref="CacheCalibration"/>; the best are measured on films, since a prediction is none.
/// </summary>
public sealed class PlanSearch
{
    /// <summary>How often what was measured corrects what is searched.</summary>
    private const int Corrections = 1;

    /// <summary>How far from the speed that was asked for is near enough.</summary>
    private const double SpeedTolerance = 0.02;

    /// <summary>How far above the likeness that was asked for is near enough, in decibels.</summary>
    private const double PsnrTolerance = 1;

    /// <summary>The most that is searched, as a share of what skipping everything would gain.</summary>
    private const double NearFastest = 0.9;

    private static readonly double[] s_usualSpeedups = [1.3, 1.6, 2];

    private readonly CacheCalibration _calibration;
    private readonly PlanGoal _goal;
    private readonly CandidateFilms _films;
    private readonly DraftPlanner _planner;
    private readonly ErrorModel _errors;
    private readonly DraftSearch[] _searches;
    private readonly IReadOnlyList<Candidate> _compared;
    private readonly CancellationToken _cancellationToken;
    private readonly Dictionary<PlanDraft, Candidate> _candidates = [];

    private PlanSearch(CacheCalibration calibration, PlanGoal goal, CandidateFilms films, IReadOnlyList<CacheSite> sites, IReadOnlyList<Candidate> compared, CancellationToken cancellationToken)
    {
        _compared = compared;
        (_calibration, _goal, _films, _cancellationToken) = (calibration, goal, films, cancellationToken);
        (_planner, _errors) = (new DraftPlanner(calibration, sites), new ErrorModel(calibration));
        _searches =
        [
            .. from outer in Searched.OuterOf(Enum.GetValues<SiteKind>())
               from keepsGuidance in new[] { false, true }
               let search = new DraftSearch(calibration, outer, keepsGuidance)
               where search.IsPossible
               select search,
        ];
    }

    private double UncachedSeconds => _calibration.Costs.Of(PlanDraft.Full(_calibration.Timesteps.Count));

    /// <summary>Searches.</summary>
    /// <param name="pipeline">What was calibrated. It has no cache enabled, and is as it was when this returns or throws.</param>
    /// <param name="calibration">What was measured of it.</param>
    /// <param name="goal">What plans are to reach.</param>
    /// <param name="prompts">What plans are measured on: not what was calibrated with.</param>
    /// <param name="options">As for <see cref="CacheCalibration.Measure"/>: the same steps, size and guidance.</param>
    /// <param name="settings">What it does besides.</param>
    /// <param name="progress">Told of every film and step.</param>
    /// <param name="cancellationToken">Looked at before every step.</param>
    /// <exception cref="ArgumentException">The calibration is of another model, or of other options; there are no prompts; or the goal is none.</exception>
    /// <exception cref="NotSupportedException">The pipeline has several transformers.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled. What was measured is in <see cref="PlanSearchSettings.Work"/>.</exception>
    public static PlanFront Run(
        DiffusionPipeline pipeline, CacheCalibration calibration, PlanGoal goal, IReadOnlyList<string> prompts, GenerationOptions options,
        PlanSearchSettings? settings = null, IProgress<TuningProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        goal.Validate();
        if (prompts.Count == 0)
            throw new ArgumentException("Plans are measured on a prompt at least.", nameof(prompts));
        if (options.Seed is null)
            throw new ArgumentException($"Plans are measured on films from one noise: set {nameof(GenerationOptions.Seed)}.", nameof(options));
        var maker = new FilmMaker(pipeline, progress, cancellationToken);
        Check(calibration, maker, prompts[0], options);
        settings ??= new();
        settings.Work.Begin(string.Create(
            CultureInfo.InvariantCulture, $"{calibration.Subject}, {calibration.Prompts} prompts calibrated, seed {options.Seed}, prompts {string.Join(" | ", prompts)}"));
        Candidate[] others = [.. settings.Compared.Select(cache => new Candidate($"cache {cache.Key}: {cache.Value}", cache.Key, cache.Value))];
        return new PlanSearch(calibration, goal, new CandidateFilms(maker, prompts, options, settings), maker.Model.CacheSites, others, cancellationToken).Search();
    }

    private static void Check(CacheCalibration calibration, FilmMaker maker, string prompt, GenerationOptions options)
    {
        var (request, timesteps) = maker.Pipeline.Outline(prompt, options);
        var subject = maker.SubjectOf(request);
        if (subject != calibration.Subject)
            throw new ArgumentException($"The calibration is of {calibration.Subject}, and this is {subject}: calibrate anew.", nameof(calibration));
        if (!timesteps.SequenceEqual(calibration.Timesteps) || request.Layout != calibration.Layout || options.GuidanceScale != calibration.GuidanceScale)
            throw new ArgumentException(
                $"The calibration is of {calibration.Timesteps.Count} steps with a guidance scale of {calibration.GuidanceScale}, and this is {timesteps.Count} with {options.GuidanceScale}: "
                + "calibrate anew.",
                nameof(options));
    }

    private PlanFront Search()
    {
        if (_goal.Psnr is { } psnr)
            SearchPsnr(psnr);
        else
            SearchSpeedups(_goal.Speedup is { } speedup ? [1 + 0.6 * (speedup - 1), speedup, 1 + 1.4 * (speedup - 1)] : s_usualSpeedups);
        if (_compared.Count > 0)
            _films.Measure(_compared);
        var plans = _candidates.Keys.Select(Measured).ToArray();
        var allowed = plans.Where(plan => plan.HistoryBytes <= (_goal.HistoryBytes ?? long.MaxValue)).ToArray();
        TunedPlan[] front = [.. allowed.Where(plan => !allowed.Any(plan.IsBehind)).OrderBy(plan => plan.Speedup.Median)];
        return new PlanFront(front, [.. plans.Except(front)], [.. _compared.Select(ComparedOf)], BestOf(front));
    }

    private ComparedCache ComparedOf(Candidate candidate)
    {
        var films = _films.Of(candidate);
        return new ComparedCache(candidate.Name, [.. films.Select(film => film.Measures)], films.Max(film => film.HistoryBytes));
    }

    /// <summary>Of those that reach the goal the one that is best beside it.</summary>
    private TunedPlan? BestOf(IReadOnlyList<TunedPlan> plans) => _goal switch
    {
        { Psnr: { } psnr } => plans.Where(plan => plan.MeanPsnr >= psnr).MaxBy(plan => plan.Speedup.Median),
        { Speedup: { } speedup } => plans.Where(plan => plan.Speedup.Median >= speedup * (1 - SpeedTolerance)).MaxBy(plan => plan.MeanPsnr),
        _ => plans.MaxBy(plan => plan.Speedup.Median),
    };

    /// <summary>Plans of several speeds. Those whose films take another time than was predicted are searched again, for a speed that makes up for it.</summary>
    private void SearchSpeedups(IReadOnlyList<double> speedups)
    {
        // Of a pipeline whose steps are little beside its text and decoding, no plan makes much.
        var most = 1 + NearFastest * (UncachedSeconds / _searches.Min(search => search.LeastSeconds) - 1);
        var aims = speedups.Select(speedup => Math.Min(speedup, most)).Distinct().Select(speedup => (Wanted: speedup, Predicted: speedup)).ToArray();
        for (var round = 0; round <= Corrections && aims.Length > 0; round++)
        {
            var drafts = aims.Select(aim => (Aim: aim, Drafts: DraftsOf(aim.Predicted))).ToArray();
            Measure([.. drafts.SelectMany(each => each.Drafts)]);
            aims =
            [
                .. from each in drafts
                   where each.Drafts.Count > 0
                   let measured = Measured(each.Drafts[0]).Speedup.Median
                   where Math.Abs(measured / each.Aim.Wanted - 1) > SpeedTolerance
                   select (each.Aim.Wanted, each.Aim.Predicted * each.Aim.Wanted / measured),
            ];
        }
    }

    /// <summary>The fastest plan that is near enough. What films are nearer or farther than was predicted is taken off what is searched next.</summary>
    private void SearchPsnr(double psnr)
    {
        var more = 0.0;
        for (var round = 0; round <= Corrections; round++)
        {
            if (FastestWith(psnr + more) is not { } draft)
                return;
            Measure([draft]);
            var measured = Measured(draft).MeanPsnr;
            if (measured >= psnr && measured <= psnr + PsnrTolerance)
                return;
            more += psnr + PsnrTolerance / 2 - measured;
        }
    }

    private PlanDraft? FastestWith(double psnr)
    {
        PlanDraft? fastest = null;
        var (low, high) = (1.0, UncachedSeconds / Math.Max(_calibration.Costs.Fixed, UncachedSeconds / 100));
        for (var halving = 0; halving < 9; halving++)
        {
            var middle = Math.Sqrt(low * high);
            var near = DraftsOf(middle).FirstOrDefault(draft => _errors.MeanPsnr(draft) >= psnr);
            if (near is null)
                high = middle;
            else
                (low, fastest) = (middle, near);
        }
        return fastest;
    }

    /// <summary>The best draft of a speed, and the best of those that are guided the other way: which of the two is better no prediction knows well.</summary>
    private IReadOnlyList<PlanDraft> DraftsOf(double speedup)
    {
        var found = _searches.AsParallel().AsOrdered().WithCancellation(_cancellationToken).Select(search => search.Find(UncachedSeconds / speedup, _cancellationToken)).OfType<PlanDraft>()
            .Where(draft => draft.Kinds != SkippedKinds.None).OrderByDescending(_errors.MeanPsnr).ToArray();
        return [.. found.DistinctBy(draft => draft.KeepsGuidance)];
    }

    private void Measure(IReadOnlyList<PlanDraft> drafts)
    {
        foreach (var draft in drafts.Where(draft => !_candidates.ContainsKey(draft)))
        {
            var plan = _planner.Plan(draft, string.Create(CultureInfo.InvariantCulture, $"tuned {PredictedSpeedup(draft):F2}×"));
            _candidates[draft] = new Candidate($"{draft}", plan.Method, new CachePlanConfig { Plan = plan });
        }
        _films.Measure([.. drafts.Distinct().Select(draft => _candidates[draft])]);
    }

    private double PredictedSpeedup(PlanDraft draft) => UncachedSeconds / _calibration.Costs.Of(draft);

    private TunedPlan Measured(PlanDraft draft)
    {
        var films = _films.Of(_candidates[draft]);
        var plan = ((CachePlanConfig)_candidates[draft].Cache).Plan;
        return new TunedPlan(plan, PredictedSpeedup(draft), _errors.MeanPsnr(draft), [.. films.Select(film => film.Measures)], films.Max(film => film.HistoryBytes));
    }
}

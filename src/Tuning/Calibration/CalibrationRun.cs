using System.Collections.Immutable;
using System.Globalization;
using Afterimage.Models;
using Afterimage.Video;

namespace Afterimage.Tuning;

/// <summary>One calibration: the films that it takes, and what is read off them.</summary>
internal sealed class CalibrationRun
{
    /// <summary>How many places of a run are perturbed.</summary>
    private const int Knots = 8;

    /// <summary>How many steps in a row a perturbed place has: what one step changes may be less than rounding does.</summary>
    private const int Stretch = 3;

    /// <summary>The shortest run that is calibrated.</summary>
    private const int LeastSteps = 6;

    /// <summary>How many prompts are perturbed: of some another film comes of an early error that vanishes in others.</summary>
    private const int PerturbedPrompts = 4;

    /// <summary>What is less is rounding.</summary>
    private const double LeastError = 1e-7;

    /// <summary>How many films take the time of each kind of step, with guidance kept and without.</summary>
    private const int CostFilms = 3;

    private readonly FilmMaker _films;
    private readonly IReadOnlyList<string> _prompts;
    private readonly GenerationOptions _options;
    private readonly CalibrationWork _work;
    private readonly CacheCalibration _bare;
    private readonly DraftPlanner _planner;
    private readonly ImmutableArray<SiteKind> _kinds;
    private readonly ImmutableArray<int> _knots;

    public CalibrationRun(DiffusionPipeline pipeline, IReadOnlyList<string> prompts, GenerationOptions options, CalibrationWork work, FilmMaker films)
    {
        if (prompts.Count == 0)
            throw new ArgumentException("A calibration needs a prompt at least.", nameof(prompts));
        if (options.Seed is null)
            throw new ArgumentException($"A calibration compares films from one noise: set {nameof(GenerationOptions.Seed)}.", nameof(options));
        if (films.Model.IsCacheEnabled)
            throw new ArgumentException($"A calibration needs the model without a cache: call {nameof(ICacheableModel.DisableCache)} first.", nameof(pipeline));
        (_films, _prompts, _options, _work) = (films, prompts, options, work);
        var sites = films.Model.CacheSites;
        if (sites.All(site => site.Kind != SiteKind.BlockStack))
            throw new NotSupportedException($"{films.Model.GetType().Name} marks no list of blocks as a stack ([BlockStack]): there is nothing that a tuned plan could skip.");
        var (request, timesteps) = pipeline.Outline(prompts[0], options);
        if (timesteps.Count < LeastSteps)
            throw new ArgumentException($"A run of {timesteps.Count} steps has little to reuse: take {LeastSteps} at least.", nameof(options));
        _bare = new CacheCalibration
        {
            Subject = films.SubjectOf(request),
            Layout = request.Layout,
            GuidanceScale = options.GuidanceScale,
            Timesteps = timesteps,
            Prompts = prompts.Count,
            Regions = [],
            Costs = new StepCosts(0, 0, new Dictionary<string, double>()),
        };
        _planner = new DraftPlanner(_bare, sites);
        _kinds = Searched.KindsOf(sites, request.Layout);
        _knots = [.. Enumerable.Range(0, Knots).Select(knot => WarmUp + (int)Math.Round((Steps - Stretch - WarmUp) * knot / (Knots - 1.0))).Distinct()];
    }

    /// <summary>How many films it makes.</summary>
    public int Films => _prompts.Count + AllCostFilms + Perturbed * (1 + _knots.Length * _kinds.Length);

    private int Steps => _bare.Timesteps.Count;

    private int WarmUp => Searched.WarmUp(Steps);

    private int Perturbed => Math.Min(PerturbedPrompts, _prompts.Count);

    private int AllCostFilms => CostFilms * (_kinds.Contains(SiteKind.Guidance) ? 2 : 1);

    public CacheCalibration Measure()
    {
        _work.Begin(Description());
        _films.Films = Films;
        for (var prompt = 0; prompt < _prompts.Count; prompt++)
            Observe(prompt);
        var runs = Enumerable.Range(0, _prompts.Count).Select(prompt => _work.Run(prompt)!).ToArray();
        var observed = _bare with { Regions = [.. RegionsOf(runs)] };
        for (var prompt = 0; prompt < Perturbed; prompt++)
            Perturb(observed, prompt);
        for (var film = 0; film < AllCostFilms; film++)
            MeasureCosts(film);
        return observed with
        {
            Regions = [.. observed.Regions.Select(region => _kinds.Contains(region.Name.Kind) ? region with { Sensitivity = SensitivityOf(observed, region.Name.Kind) } : region)],
            Costs = CostsOf([.. Enumerable.Range(0, AllCostFilms).Select(film => _work.Cost(film)!)]),
            Indicator = FitOf(runs),
        };
    }

    private GenerationOptions OptionsOf(int prompt) => _options with { Seed = _options.Seed + prompt };

    private string Description() => string.Create(
        CultureInfo.InvariantCulture,
        $"{_bare.Subject.Model}, {_bare.Subject.Scheduler}, {Steps} steps, {_bare.Subject.Frames} × {_bare.Subject.Height} × {_bare.Subject.Width}, guidance {_options.GuidanceScale}, "
        + $"seed {_options.Seed}, prompts {string.Join(" | ", _prompts)}");

    /// <summary>Makes the film of a prompt by a run that computes everything and is looked at.</summary>
    private void Observe(int prompt)
    {
        if (_work.Run(prompt) is not null)
        {
            _films.Skip();
            return;
        }
        var sites = CacheSite.OfRun(_films.Model.CacheSites, _bare.Layout);
        var plan = Observation.Of(sites, _bare.Timesteps, _bare.Layout);
        using var samples = new RunSamples(plan);
        using var film = _films.Make(
            $"how values change, prompt {prompt + 1}", _prompts[prompt], OptionsOf(prompt), new CachePlanConfig { Plan = plan, Observer = samples.Observe }, samples.EndStep);
        var changes = samples.IndicatorChanges(Steps) ?? Observation.TimestepChanges(_films.Model, _bare.Timesteps);
        _work.Keep(new CalibrationRunResult(prompt, [.. samples.Measure(Steps).Select(region => new MeasuredRegion(region.Key, region.Value))], changes));
    }

    /// <summary>Makes films that skip one kind of site at few steps, with the weights that a plan would have.</summary>
    private void Perturb(CacheCalibration observed, int prompt)
    {
        var lacking = _kinds.SelectMany(kind => _knots.Select(step => (Kind: kind, Step: step))).Where(each => _work.Perturbed(each.Kind, each.Step, prompt) is null).ToArray();
        for (var done = _kinds.Length * _knots.Length - lacking.Length + (lacking.Length == 0 ? 1 : 0); done > 0; done--)
            _films.Skip();
        if (lacking.Length == 0)
            return;
        var planner = new DraftPlanner(observed, _films.Model.CacheSites);
        var what = $"how errors grow, prompt {prompt + 1}";
        using var uncached = _films.Make(what, _prompts[prompt], OptionsOf(prompt), null);
        foreach (var (kind, step) in lacking)
        {
            using var perturbed = _films.Make(what, _prompts[prompt], OptionsOf(prompt), Unnamed(planner.Plan(Perturbing(kind, step), "perturbed")));
            _work.Keep(new Perturbation(kind, step, prompt, Math.Pow(10, -VideoQuality.Psnr(perturbed.Frames, uncached.Frames) / 20)));
        }
    }

    private PlanDraft Perturbing(SiteKind kind, int step) => PlanDraft.Of(Steps, kind, Enumerable.Range(0, Steps).Where(each => each < step || each >= step + Stretch));

    private void MeasureCosts(int film)
    {
        if (_work.Cost(film) is not null)
        {
            _films.Skip();
            return;
        }
        var keepsGuidance = film >= CostFilms;
        var draft = new PlanDraft([.. Searched.CostCycle(_kinds, keepsGuidance, Steps)]);
        using var made = _films.Make("what steps cost", _prompts[film % _prompts.Count], OptionsOf(film % _prompts.Count), Unnamed(_planner.Plan(draft, "costs")));
        var steps = draft.Steps.Zip(made.StepSeconds, (skipped, seconds) => new StepCost(skipped.ToString(), keepsGuidance, seconds));
        // The first steps make what later ones find.
        _work.Keep(new CostSample(film, made.Seconds - made.StepSeconds.Sum(), [.. steps.Skip(2)]));
    }

    /// <summary>A plan for this model, of which nobody has to make sure.</summary>
    private static CachePlanConfig Unnamed(CachePlan plan) => new() { Plan = plan with { Subject = null } };

    private static StepCosts CostsOf(IReadOnlyList<CostSample> films)
    {
        var steps = films.SelectMany(film => film.Steps).ToArray();
        var full = SkippedKinds.None.ToString();
        var seconds = steps.Where(step => step.Skipped != full || !step.KeepsGuidance).GroupBy(step => step.Skipped).ToDictionary(kind => kind.Key, kind => Spread.Of(kind.Select(step => step.Seconds)).Median);
        var guided = steps.Where(step => step.Skipped == full && step.KeepsGuidance).Select(step => step.Seconds).ToArray();
        return new StepCosts(Spread.Of(films.Select(film => film.Fixed)).Median, guided.Length == 0 ? 0 : Math.Max(0, Spread.Of(guided).Median - seconds[full]), seconds);
    }

    /// <summary>The regions, as if errors of those that are searched came to the film as they are.</summary>
    private IEnumerable<CalibratedRegion> RegionsOf(IReadOnlyList<CalibrationRunResult> runs) => runs[0].Regions.Select(first => new CalibratedRegion(
        first.Name,
        [.. runs.Select(run => run.Regions.Single(region => region.Name == first.Name).Statistics)],
        [.. Enumerable.Repeat(_kinds.Contains(first.Name.Kind) ? 1.0 : 0, Steps)]));

    /// <summary>By step, the error of the film over that of the values, which a geometric mean over prompts makes one number and a straight line between perturbed steps goes on with.</summary>
    private double[] SensitivityOf(CacheCalibration observed, SiteKind kind)
    {
        var values = new ErrorModel(observed, Perturbed);
        var knots = _knots.Select(step => (
            Place: step + (Stretch - 1) / 2.0,
            Logarithm: values.SquaredErrors(Perturbing(kind, step)).Select((error, prompt) => Math.Log(Math.Max(LeastError, _work.Perturbed(kind, step, prompt)!.FilmError) / Math.Max(LeastError, Math.Sqrt(error)))).Average())).ToArray();
        return [.. Enumerable.Range(0, Steps).Select(step => Math.Exp(Interpolation.At(knots, step)))];
    }

    private static PolynomialFit? FitOf(IReadOnlyList<CalibrationRunResult> runs)
    {
        var points = runs.Where(run => run.IndicatorChanges is not null).SelectMany(run =>
        {
            var output = run.Regions.FirstOrDefault(region => region.Name.Kind == SiteKind.OutputProjection)?.Statistics.Changes;
            return output is null ? [] : run.IndicatorChanges!.Zip(output).Skip(1);
        }).ToArray();
        return points.Length <= PolynomialFit.Degree ? null : PolynomialFit.Of([.. points.Select(point => point.First)], [.. points.Select(point => point.Second)]);
    }
}

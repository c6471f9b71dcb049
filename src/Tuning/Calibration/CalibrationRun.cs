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
    private const int Stretch = 2;

    /// <summary>The shortest run that is calibrated.</summary>
    private const int LeastSteps = 6;

    /// <summary>How many prompts are perturbed: how errors grow is much the same for all.</summary>
    private const int PerturbedPrompts = 2;

    /// <summary>How many films take the time of each kind of step, with guidance kept and without.</summary>
    private const int CostFilms = 3;

    private static readonly int[] s_intervals = [3, 5, 8];

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
    public int Films => _prompts.Count + Perturbed * _knots.Length * _kinds.Length + AllCostFilms + Perturbed * (1 + Sparse().Count());

    private int Steps => _bare.Timesteps.Count;

    private int WarmUp => Searched.WarmUp(Steps);

    private int Perturbed => Math.Min(PerturbedPrompts, _prompts.Count);

    private int AllCostFilms => CostFilms * (_kinds.Contains(SiteKind.Guidance) ? 2 : 1);

    public CacheCalibration Measure()
    {
        _work.Begin(Description());
        _films.Films = Films;
        for (var prompt = 0; prompt < _prompts.Count; prompt++)
            MeasurePrompt(prompt);
        for (var film = 0; film < AllCostFilms; film++)
            MeasureCosts(film);
        var runs = Enumerable.Range(0, _prompts.Count).Select(prompt => _work.Run(prompt)!).ToArray();
        var measured = _bare with { Regions = [.. RegionsOf(runs)] };
        return measured with { Feedback = FeedbackOf(measured), Costs = CostsOf([.. Enumerable.Range(0, AllCostFilms).Select(film => _work.Cost(film)!)]), Indicator = FitOf(runs) };
    }

    private GenerationOptions OptionsOf(int prompt) => _options with { Seed = _options.Seed + prompt };

    private string Description() => string.Create(
        CultureInfo.InvariantCulture,
        $"{_bare.Subject.Model}, {_bare.Subject.Scheduler}, {Steps} steps, {_bare.Subject.Frames} × {_bare.Subject.Height} × {_bare.Subject.Width}, guidance {_options.GuidanceScale}, "
        + $"seed {_options.Seed}, prompts {string.Join(" | ", _prompts)}");

    private void MeasurePrompt(int prompt)
    {
        var lacking = prompt >= Perturbed ? [] : _kinds.SelectMany(kind => _knots.Select(step => (Kind: kind, Step: step)))
            .Where(each => _work.Perturbed(each.Kind, each.Step, prompt) is null).ToArray();
        if (_work.Run(prompt) is not null && lacking.Length == 0)
            _films.Skip();
        for (var done = prompt >= Perturbed ? 0 : _kinds.Length * _knots.Length - lacking.Length; done > 0; done--)
            _films.Skip();
        if (_work.Run(prompt) is not null && lacking.Length == 0)
            return;
        using var film = Observe(prompt);
        foreach (var (kind, step) in lacking)
        {
            var draft = PlanDraft.Of(Steps, kind, Enumerable.Range(0, Steps).Where(each => each < step || each >= step + Stretch));
            using var perturbed = _films.Make(
                $"how errors grow, prompt {prompt + 1}", _prompts[prompt], OptionsOf(prompt), Unnamed(_planner.Plan(draft, "perturbed", reusesLast: true)));
            _work.Keep(new Perturbation(kind, step, prompt, Difference(perturbed, film)));
        }
    }

    /// <summary>The film of a prompt, of a run that computes everything and is looked at.</summary>
    private MadeFilm Observe(int prompt)
    {
        var sites = CacheSite.OfRun(_films.Model.CacheSites, _bare.Layout);
        var plan = Observation.Of(sites, _bare.Timesteps, _bare.Layout);
        using var samples = new RunSamples(plan);
        var film = _films.Make(
            $"how values change, prompt {prompt + 1}", _prompts[prompt], OptionsOf(prompt), new CachePlanConfig { Plan = plan, Observer = samples.Observe }, samples.EndStep);
        if (_work.Run(prompt) is null)
        {
            var changes = samples.IndicatorChanges(Steps) ?? Observation.TimestepChanges(_films.Model, _bare.Timesteps);
            _work.Keep(new CalibrationRunResult(prompt, [.. samples.Measure(Steps).Select(region => new MeasuredRegion(region.Key, region.Value))], changes));
        }
        return film;
    }

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

    /// <summary>Drafts that compute every n-th step after the first ones: more errors at once than a perturbation has.</summary>
    private IEnumerable<PlanDraft> Sparse() =>
        from interval in s_intervals
        where Steps > 2 * interval
        from kind in _kinds.Where(kind => KindOrder.DepthOf(kind) > 1)
        select PlanDraft.Of(Steps, kind, Enumerable.Range(0, Steps).Where(step => step < WarmUp || step % interval == 0));

    /// <summary>The feedback that comes nearest to what sparse films were measured to be.</summary>
    private double FeedbackOf(CacheCalibration calibration)
    {
        PlanDraft[] drafts = [.. Sparse()];
        for (var prompt = 0; prompt < Perturbed; prompt++)
            MeasureSparse(calibration, drafts, prompt);
        return Enumerable.Range(0, 41).Select(i => i / 40.0).MinBy(feedback =>
        {
            var model = new ErrorModel(calibration with { Feedback = feedback }, Perturbed);
            return drafts.Select((draft, film) => model.SquaredErrors(draft).Select((error, prompt) =>
                Math.Pow(Math.Log(Math.Sqrt(error) / Math.Max(_work.Sparse(film, prompt)!.FilmError, 1e-6)), 2)).Sum()).Sum();
        });
    }

    private void MeasureSparse(CacheCalibration calibration, PlanDraft[] drafts, int prompt)
    {
        int[] lacking = [.. Enumerable.Range(0, drafts.Length).Where(film => _work.Sparse(film, prompt) is null)];
        for (var done = drafts.Length - lacking.Length + (lacking.Length == 0 ? 1 : 0); done > 0; done--)
            _films.Skip();
        if (lacking.Length == 0)
            return;
        var planner = new DraftPlanner(calibration, _films.Model.CacheSites);
        using var uncached = _films.Make($"how errors add up, prompt {prompt + 1}", _prompts[prompt], OptionsOf(prompt), null);
        foreach (var film in lacking)
        {
            using var made = _films.Make($"how errors add up, prompt {prompt + 1}", _prompts[prompt], OptionsOf(prompt), Unnamed(planner.Plan(drafts[film], "sparse")));
            _work.Keep(new SparseFilm(film, prompt, Difference(made, uncached)));
        }
    }

    private static double Difference(MadeFilm film, MadeFilm other) => Math.Pow(10, -VideoQuality.Psnr(film.Frames, other.Frames) / 20);

    private static StepCosts CostsOf(IReadOnlyList<CostSample> films)
    {
        var steps = films.SelectMany(film => film.Steps).ToArray();
        var full = SkippedKinds.None.ToString();
        var seconds = steps.Where(step => step.Skipped != full || !step.KeepsGuidance).GroupBy(step => step.Skipped).ToDictionary(kind => kind.Key, kind => Spread.Of(kind.Select(step => step.Seconds)).Median);
        var guided = steps.Where(step => step.Skipped == full && step.KeepsGuidance).Select(step => step.Seconds).ToArray();
        return new StepCosts(Spread.Of(films.Select(film => film.Fixed)).Median, guided.Length == 0 ? 0 : Math.Max(0, Spread.Of(guided).Median - seconds[full]), seconds);
    }

    private IEnumerable<CalibratedRegion> RegionsOf(IReadOnlyList<CalibrationRunResult> runs) => runs[0].Regions.Select(first =>
    {
        var prompts = runs.Select(run => run.Regions.Single(region => region.Name == first.Name).Statistics).ToArray();
        return new CalibratedRegion(first.Name, prompts, _kinds.Contains(first.Name.Kind) ? SensitivityOf(first.Name.Kind, runs) : new double[Steps]);
    });

    /// <summary>By step, the error of the film over that of the values, which a geometric mean over prompts makes one number and a straight line between perturbed steps goes on with.</summary>
    private double[] SensitivityOf(SiteKind kind, IReadOnlyList<CalibrationRunResult> runs)
    {
        var knots = _knots.Select(step => (
            Place: step + (Stretch - 1) / 2.0,
            Logarithm: Enumerable.Range(0, Perturbed).Average(prompt => Math.Log(_work.Perturbed(kind, step, prompt)!.FilmError / LocalError(runs[prompt], kind, step))))).ToArray();
        return [.. Enumerable.Range(0, Steps).Select(step => Math.Exp(Interpolation.At(knots, step)))];
    }

    private static double LocalError(CalibrationRunResult run, SiteKind kind, int step)
    {
        var squares = 0.0;
        foreach (var region in run.Regions.Where(region => region.Name.Kind == kind))
        {
            var weights = new double[region.Statistics.Products.Steps];
            Array.Fill(weights, 1, step, Stretch);
            weights[step - 1] = -Stretch;
            squares += region.Statistics.Products.MeanSquare(weights);
        }
        return Math.Max(Math.Sqrt(squares), double.Epsilon);
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

using System.Globalization;
using Afterimage.Models;

namespace Afterimage.Tuning;

/// <summary>How well what is predicted of plans ranks them as films do that were made with them.</summary>
/// <param name="Plans">Plans at random.</param>
public sealed record PlanRanking(IReadOnlyList<RankedPlan> Plans)
{
    private const int Seed = 5;
    internal const int MostPrompts = 8;

    /// <summary>Spearman's coefficient of both ranks: 1 where they are the same.</summary>
    public double Spearman
    {
        get
        {
            var (predicted, measured) = (Ranks([.. Plans.Select(plan => plan.Predicted)]), Ranks([.. Plans.Select(plan => plan.Measured)]));
            var middle = (Plans.Count - 1) / 2.0;
            var together = predicted.Zip(measured, (rank, other) => (rank - middle) * (other - middle)).Sum();
            return together / Math.Sqrt(predicted.Sum(rank => Math.Pow(rank - middle, 2)) * measured.Sum(rank => Math.Pow(rank - middle, 2)));
        }
    }

    /// <summary>It in words.</summary>
    public string Sentence => string.Create(
        CultureInfo.InvariantCulture,
        $"Of {Plans.Count} plans at random the predicted PSNR ranks the measured one with a Spearman coefficient of {Spearman:F3}, "
        + $"and is {Plans.Average(plan => plan.Predicted - plan.Measured):+0.0;−0.0;0.0} dB off in the mean.");

    /// <summary>Makes films with plans at random: each skips now this, now that at some of its steps.</summary>
    /// <param name="pipeline">What was calibrated.</param>
    /// <param name="calibration">What was measured of it.</param>
    /// <param name="count">How many plans.</param>
    /// <param name="prompts">What films show; the first eight are made.</param>
    /// <param name="options">How.</param>
    /// <param name="settings">What was measured already.</param>
    /// <param name="progress">Told of every film and step.</param>
    /// <param name="cancellationToken">Looked at before every step.</param>
    internal static PlanRanking Measure(
        DiffusionPipeline pipeline, CacheCalibration calibration, int count, IReadOnlyList<string> prompts, GenerationOptions options, PlanSearchSettings settings,
        IProgress<TuningProgress>? progress, CancellationToken cancellationToken)
    {
        var maker = new FilmMaker(pipeline, progress, cancellationToken);
        var planner = new DraftPlanner(calibration, maker.Model.CacheSites);
        var errors = new ErrorModel(calibration);
        var random = new Random(Seed);
        var kinds = Searched.KindsOf(maker.Model.CacheSites, calibration.Layout);
        PlanDraft[] drafts = [.. Enumerable.Range(0, count).Select(_ => AtRandom(random, kinds, calibration.Timesteps.Count))];
        Candidate[] candidates = [.. drafts.Select((draft, i) => new Candidate($"{draft}", $"plan at random {i + 1}", new CachePlanConfig { Plan = planner.Plan(draft, $"random {i + 1}") }))];
        var films = new CandidateFilms(maker, [.. prompts.Take(MostPrompts)], options, settings);
        films.Measure(candidates);
        return new PlanRanking([.. drafts.Zip(candidates, (draft, candidate) => new RankedPlan(KindsOf(draft), errors.MeanPsnr(draft), films.Of(candidate).Average(film => film.Measures.Psnr)))]);
    }

    private static string KindsOf(PlanDraft draft) =>
        string.Join(", ", draft.Steps.Where(step => step != SkippedKinds.None).CountBy(step => step).OrderBy(kind => kind.Key.Bits).Select(kind => $"{kind.Value} × {kind.Key}"));

    private static PlanDraft AtRandom(Random random, System.Collections.Immutable.ImmutableArray<SiteKind> kinds, int steps)
    {
        SiteKind[] outer = [.. Searched.OuterOf(kinds)];
        var choices = Searched.Choices(kinds, outer[random.Next(outer.Length)], keepsGuidance: kinds.Contains(SiteKind.Guidance) && random.Next(2) == 0);
        var share = 0.1 + 0.7 * random.NextDouble();
        var draft = PlanDraft.Full(steps);
        while (draft.Kinds == SkippedKinds.None)
            draft = new([.. Enumerable.Range(0, steps).Select(step => step < Searched.WarmUp(steps) || random.NextDouble() > share ? SkippedKinds.None : choices[random.Next(choices.Length)])]);
        return draft;
    }

    private static double[] Ranks(double[] values)
    {
        var ranks = new double[values.Length];
        for (var i = 0; i < values.Length; i++)
            ranks[i] = values.Count(value => value < values[i]) + (values.Count(value => value == values[i]) - 1) / 2.0;
        return ranks;
    }
}

/// <summary>A plan at random.</summary>
/// <param name="Kinds">What its steps skip, in words.</param>
/// <param name="Predicted">The mean PSNR that was predicted, in decibels.</param>
/// <param name="Measured">The one that was measured.</param>
public sealed record RankedPlan(string Kinds, double Predicted, double Measured);

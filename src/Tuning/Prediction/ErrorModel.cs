namespace Afterimage.Tuning;

/// <summary>
/// How far films with a draft's plan will be from those without, before one is made. Where a step hands out something in the place of a value, the difference grows or shrinks on
/// its way to the film by a factor that depends on the step; all differences of a region add up as they point (<see cref="StepProducts"/>), and those of different regions as if
/// they had nothing to do with each other.
/// </summary>
/// <param name="calibration">What was measured.</param>
internal sealed class ErrorModel(CacheCalibration calibration)
{
    private readonly Dictionary<(RegionName Name, int Step, int Newest, int Before, int Oldest), double[]> _weights = [];

    /// <summary>The mean squared error of the film of each calibrated prompt.</summary>
    /// <param name="draft">As many steps as the calibration has.</param>
    public double[] SquaredErrors(PlanDraft draft)
    {
        var errors = new double[calibration.Prompts];
        foreach (var kind in draft.Kinds.Kinds)
        {
            foreach (var region in calibration.Regions.Where(region => region.Name.Kind == kind))
                Add(errors, draft, region);
        }
        return errors;
    }

    /// <summary>The mean over prompts of the film's PSNR in decibels.</summary>
    public double MeanPsnr(PlanDraft draft) => SquaredErrors(draft).Average(Decibels);

    /// <summary>The worst of all prompts' films, in decibels.</summary>
    public double WorstPsnr(PlanDraft draft) => SquaredErrors(draft).Min(Decibels);

    /// <summary>The error of reusing what step <paramref name="from"/> computed until step <paramref name="to"/>: LeMiCa's weight of an edge.</summary>
    public double EdgeError(int from, int to) => Math.Sqrt(SquaredErrors(PlanDraft.Of(
        calibration.Timesteps.Count, SiteKind.BlockStack, Enumerable.Range(0, calibration.Timesteps.Count).Where(step => step <= from || step >= to))).Average());

    private void Add(double[] errors, PlanDraft draft, CalibratedRegion region)
    {
        if (calibration.Fit(region.Name) is not { } fit)
            return;
        var weights = new double[draft.Steps.Length];
        foreach (var (step, kept) in draft.Reads(region.Name.Kind))
        {
            var predictor = WeightsOf(region.Name, fit, step, kept);
            weights[step] += region.Sensitivity[step];
            for (var age = 0; age < predictor.Length; age++)
                weights[kept[age]] -= region.Sensitivity[step] * predictor[age];
        }
        for (var prompt = 0; prompt < errors.Length; prompt++)
            errors[prompt] += region.Prompts[prompt].Products.MeanSquare(weights);
    }

    private double[] WeightsOf(RegionName name, StepProducts fit, int step, int[] kept)
    {
        if (KindOrder.DepthOf(name.Kind) == 1 && name.Kind != SiteKind.Guidance)
            return [1];
        var key = (name, step, kept[0], kept.Length > 1 ? kept[1] : -1, kept.Length > 2 ? kept[2] : -1);
        return _weights.TryGetValue(key, out var known) ? known : _weights[key] = FittedWeights.Of(fit, step, kept);
    }

    // Films as like each other as two types' rounding makes them are as good as equal.
    private static double Decibels(double squaredError) => -10 * Math.Log10(Math.Max(squaredError, 1e-10));
}

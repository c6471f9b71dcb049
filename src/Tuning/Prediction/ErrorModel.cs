namespace Afterimage.Tuning;

/// <summary>
/// How far films with a draft's plan will be from those without, before one is made. Where a step hands out something in the place of a value, the difference grows or shrinks on
/// its way to the film by a factor that depends on the step; all differences of a region add up as they point (<see cref="StepProducts"/>), and those of different regions as if
/// they had nothing to do with each other.
/// </summary>
/// <param name="calibration">What was measured.</param>
/// <param name="prompts">How many of the calibrated prompts are looked at; all if not given.</param>
internal sealed class ErrorModel(CacheCalibration calibration, int? prompts = null)
{
    private readonly Dictionary<(RegionName Name, int Step, int Newest, int Before, int Oldest), double[]> _weights = [];

    private int Prompts => Math.Min(prompts ?? calibration.Prompts, calibration.Prompts);

    /// <summary>The mean squared error of the film of each calibrated prompt.</summary>
    /// <param name="draft">As many steps as the calibration has.</param>
    public double[] SquaredErrors(PlanDraft draft)
    {
        var errors = new double[Prompts];
        foreach (var region in calibration.Regions)
        {
            if (!draft.Kinds.Has(region.Name.Kind))
                continue;
            var difference = DifferenceOf(draft, region);
            for (var prompt = 0; prompt < errors.Length; prompt++)
                errors[prompt] += region.Prompts[prompt].Products.MeanSquare(difference);
        }
        return errors;
    }

    /// <summary>The mean over prompts of the film's PSNR in decibels.</summary>
    public double MeanPsnr(PlanDraft draft) => SquaredErrors(draft).Average(Decibels);

    /// <summary>The error of reusing what step <paramref name="from"/> computed until step <paramref name="to"/>: LeMiCa's weight of an edge.</summary>
    public double EdgeError(SiteKind kind, int from, int to) => Math.Sqrt(SquaredErrors(PlanDraft.Of(
        calibration.Timesteps.Count, kind, Enumerable.Range(0, calibration.Timesteps.Count).Where(step => step <= from || step >= to))).Average());

    /// <summary>All that a region's values are off by, as the film has it: a combination of the values at all steps.</summary>
    private double[] DifferenceOf(PlanDraft draft, CalibratedRegion region)
    {
        var (kind, difference) = (region.Name.Kind, new double[draft.Steps.Length]);
        var own = new Dictionary<int, (int[] Kept, double[] Weights)>();
        foreach (var (step, kept) in draft.Reads(kind))
        {
            own[step] = (kept, WeightsOf(region.Name, step, kept));
            Add(step, region.Sensitivity[step]);
        }
        // What is kept of a step that reused something within is off as well, and with it all that is made of it.
        foreach (var around in draft.Kinds.Kinds.Where(other => KindOrder.IsLeftOut(kind, SkippedKinds.Of(other))))
        {
            foreach (var (step, kept) in draft.Reads(around))
            {
                var weights = WeightsOf(new RegionName(around), step, kept);
                for (var age = 0; age < weights.Length; age++)
                    Add(kept[age], region.Sensitivity[step] * weights[age]);
            }
        }
        return difference;

        void Add(int step, double factor)
        {
            if (!own.TryGetValue(step, out var read))
                return;
            difference[step] += factor;
            for (var age = 0; age < read.Weights.Length; age++)
                difference[read.Kept[age]] -= factor * read.Weights[age];
        }
    }

    private double[] WeightsOf(RegionName name, int step, int[] kept)
    {
        if ((KindOrder.DepthOf(name.Kind) == 1 && name.Kind != SiteKind.Guidance) || calibration.Fit(name) is not { } fit)
            return [1];
        var key = (name, step, kept[0], kept.Length > 1 ? kept[1] : -1, kept.Length > 2 ? kept[2] : -1);
        return _weights.TryGetValue(key, out var known) ? known : _weights[key] = FittedWeights.Of(fit, step, kept);
    }

    // Films as like each other as two types' rounding makes them are as good as equal; films that have nothing in common are as far apart as can be.
    private static double Decibels(double squaredError) => -10 * Math.Log10(Math.Clamp(squaredError, 1e-10, double.MaxValue));
}

namespace Afterimage.Tuning;

/// <summary>
/// How far films with a draft's plan will be from those without, before one is made. Where a step hands out something in the place of a value, the difference grows or shrinks on
/// its way to the film by a factor that depends on the step; all differences of a region add up as they point (<see cref="StepProducts"/>), and those of different regions as if
/// they had nothing to do with each other. What is computed on latents that are off is off itself, and so is what is made of it later: the more, the larger its weights are
/// (<see cref="CacheCalibration.Feedback"/>).
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
        var reads = new List<(int Step, int[] Kept, CalibratedRegion Region, double[] Weights)>();
        foreach (var region in calibration.Regions)
        {
            if (!draft.Kinds.Has(region.Name.Kind) || calibration.Fit(region.Name) is not { } fit)
                continue;
            reads.AddRange(draft.Reads(region.Name.Kind).Select(read => (read.Step, read.Kept, region, WeightsOf(region.Name, fit, read.Step, read.Kept))));
        }
        reads.Sort((one, other) => one.Step.CompareTo(other.Step));
        return [.. Enumerable.Range(0, Prompts).Select(prompt => SquaredError(draft.Steps.Length, reads, prompt))];
    }

    /// <summary>The mean over prompts of the film's PSNR in decibels.</summary>
    public double MeanPsnr(PlanDraft draft) => SquaredErrors(draft).Average(Decibels);

    /// <summary>The worst of all prompts' films, in decibels.</summary>
    public double WorstPsnr(PlanDraft draft) => SquaredErrors(draft).Min(Decibels);

    /// <summary>The error of reusing what step <paramref name="from"/> computed until step <paramref name="to"/>: LeMiCa's weight of an edge.</summary>
    public double EdgeError(SiteKind kind, int from, int to) => Math.Sqrt(SquaredErrors(PlanDraft.Of(
        calibration.Timesteps.Count, kind, Enumerable.Range(0, calibration.Timesteps.Count).Where(step => step <= from || step >= to))).Average());

    private double SquaredError(int steps, List<(int Step, int[] Kept, CalibratedRegion Region, double[] Weights)> reads, int prompt)
    {
        var deviations = new Dictionary<RegionName, Deviation>();
        var offAt = new double[steps]; // how far the film would be off, if all after a step were computed as it is
        var (feedback, next, squares) = (0.0, 0, 0.0);
        for (var step = 0; step < steps; step++)
        {
            for (; next < reads.Count && reads[next].Step == step; next++)
            {
                var (_, kept, region, weights) = reads[next];
                if (!deviations.TryGetValue(region.Name, out var deviation))
                    deviations[region.Name] = deviation = new Deviation(region.Prompts[prompt].Products);
                squares -= deviation.MeanSquare;
                var (sensitivity, carried) = (region.Sensitivity[step], 0.0);
                deviation.Add(step, sensitivity);
                for (var age = 0; age < weights.Length; age++)
                {
                    deviation.Add(kept[age], -sensitivity * weights[age]);
                    carried += Math.Abs(weights[age]) * offAt[kept[age]];
                }
                squares += deviation.MeanSquare;
                feedback += Math.Pow(calibration.Feedback * carried, 2);
            }
            offAt[step] = Math.Sqrt(squares + feedback);
        }
        return squares + feedback;
    }

    private double[] WeightsOf(RegionName name, StepProducts fit, int step, int[] kept)
    {
        if (KindOrder.DepthOf(name.Kind) == 1 && name.Kind != SiteKind.Guidance)
            return [1];
        var key = (name, step, kept[0], kept.Length > 1 ? kept[1] : -1, kept.Length > 2 ? kept[2] : -1);
        return _weights.TryGetValue(key, out var known) ? known : _weights[key] = FittedWeights.Of(fit, step, kept);
    }

    // Films as like each other as two types' rounding makes them are as good as equal; films that have nothing in common are as far apart as can be.
    private static double Decibels(double squaredError) => -10 * Math.Log10(Math.Clamp(squaredError, 1e-10, double.MaxValue));
}

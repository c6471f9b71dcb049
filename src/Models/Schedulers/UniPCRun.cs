namespace Afterimage.Models;

/// <summary>
/// The timesteps of a UniPC run, and σ at each and after the last. Source: diffusers
/// <c>schedulers/scheduling_unipc_multistep.py</c>.
/// </summary>
internal sealed record UniPCRun(long[] Timesteps, float[] Sigmas)
{
    /// <summary>What σ = 1 is lowered by, because its log-SNR is infinite.</summary>
    private const double Epsilon = 1e-6;

    /// <param name="config">The settings.</param>
    /// <param name="trainSigmas">σ of every timestep of training, rising.</param>
    /// <param name="steps">How many steps.</param>
    /// <param name="given">σ of flow matching before any shift, instead of evenly spaced ones.</param>
    /// <param name="mu">How far to shift under dynamic shifting.</param>
    public static UniPCRun Choose(
        UniPCMultistepSchedulerConfig config, float[] trainSigmas, int steps, IReadOnlyList<double>? given, double? mu)
    {
        if (!config.UseFlowSigmas && !config.UseKarrasSigmas && !config.UseExponentialSigmas)
            return OfTraining(config, trainSigmas, steps);

        double[] timesteps;
        double[] sigmas;
        if (config.UseKarrasSigmas || config.UseExponentialSigmas)
        {
            var max = config.SigmaMax ?? given?[^1] ?? trainSigmas[^1];
            var min = config.SigmaMin ?? given?[0] ?? trainSigmas[0];
            sigmas = config.UseKarrasSigmas ? SigmaCurve.Karras(max, min, steps) : SigmaCurve.Exponential(max, min, steps);
            if (config.UseFlowSigmas)
                sigmas = [.. sigmas.Select(sigma => sigma / (sigma + 1))];
            Func<double, double> timestepOf = config.UseFlowSigmas ? Scaled : config.UseKarrasSigmas ? Nearest : Between;
            timesteps = [.. sigmas.Select(timestepOf)];
        }
        else
        {
            sigmas = Flow(config, given?.ToArray() ?? Spaced.Evenly(1, 1.0 / config.NumTrainTimesteps, steps + 1)[..^1], mu);
            timesteps = [.. sigmas.Select(Scaled)];
        }

        return new(
            [.. timesteps.Select(timestep => (long)timestep)],
            [.. sigmas.Select(sigma => (float)sigma), config.FinalSigmasType == "zero" ? 0 : (float)sigmas[^1]]);

        double Scaled(double sigma) => sigma * config.NumTrainTimesteps;
        double Between(double sigma) => TimestepOf(sigma, trainSigmas);
        double Nearest(double sigma) => Math.Round(TimestepOf(sigma, trainSigmas), MidpointRounding.ToEven);
    }

    private static double[] Flow(UniPCMultistepSchedulerConfig config, double[] sigmas, double? mu)
    {
        var shifted = config.UseDynamicShifting
            ? SigmaShift.Dynamic(sigmas, config.TimeShiftType, mu!.Value)
            : SigmaShift.Static(sigmas, config.FlowShift);
        shifted = SigmaShift.ToTerminal(shifted, config.ShiftTerminal);
        if (Math.Abs(shifted[0] - 1) < Epsilon)
            shifted[0] -= Epsilon;
        return shifted;
    }

    private static UniPCRun OfTraining(UniPCMultistepSchedulerConfig config, float[] trainSigmas, int steps)
    {
        // But for trailing spacing, one more is chosen, and the smallest left out.
        var extra = config.TimestepSpacing == "trailing" ? 0 : 1;
        if (steps + extra > config.NumTrainTimesteps)
            throw new ArgumentOutOfRangeException(nameof(steps), steps, $"expected at most {config.NumTrainTimesteps - extra} steps");
        var timesteps = TimestepSpacing.Choose(config.TimestepSpacing, config.NumTrainTimesteps, steps + extra, config.StepsOffset);
        timesteps = timesteps[..^extra];
        return new(
            timesteps,
            [.. timesteps.Select(timestep => trainSigmas[Math.Min(timestep, trainSigmas.Length - 1)]),
                config.FinalSigmasType == "zero" ? 0 : trainSigmas[0]]);
    }

    /// <summary>Where a σ lies between those of training, in ln σ.</summary>
    private static double TimestepOf(double sigma, float[] trainSigmas)
    {
        var log = Math.Log(Math.Max(sigma, 1e-10));
        var low = Math.Clamp(Array.FindLastIndex(trainSigmas, train => MathF.Log(train) <= log), 0, trainSigmas.Length - 2);
        double from = MathF.Log(trainSigmas[low]), to = MathF.Log(trainSigmas[low + 1]);
        var share = Math.Clamp((from - log) / (from - to), 0, 1);
        return (1 - share) * low + share * (low + 1);
    }
}

using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// ᾱ, the share of signal left at every training timestep. Sources: diffusers
/// <c>schedulers/scheduling_ddim.py</c>, <c>schedulers/scheduling_ddim_cogvideox.py</c>.
/// </summary>
internal static class NoiseSchedule
{
    private const double MaxBeta = 0.999;
    private const float LeastAlpha = 1f / (1 << 24);

    /// <summary>ᾱ in float32. Zero SNR is made by rescaling β.</summary>
    public static float[] AlphasCumprod(NoiseScheduleConfig config)
    {
        using var scope = NewDisposeScope();
        var alphas = 1.Minus(Betas(config, ScalarType.Float32));
        if (config.RescaleBetasZeroSnr)
        {
            var rescaled = RescaleToZeroTerminal(alphas.cumprod(0));
            // Through β and back, as in diffusers: the rounding of it is part of ᾱ.
            alphas = 1.Minus(1.Minus(cat([rescaled[..1], rescaled[1..] / rescaled[..^1]])));
        }
        return alphas.cumprod(0).data<float>().ToArray();
    }

    /// <summary>σ in float32, √((1 − ᾱ) / ᾱ). Under zero SNR, ᾱ ends at a little more than 0, so that σ is finite.</summary>
    public static float[] Sigmas(NoiseScheduleConfig config)
    {
        var alphas = AlphasCumprod(config);
        if (config.RescaleBetasZeroSnr)
            alphas[^1] = LeastAlpha;
        return [.. alphas.Select(alpha => MathF.Sqrt((1 - alpha) / alpha))];
    }

    /// <summary>ᾱ of CogVideoX, whose signal-to-noise ratio is shifted. Zero SNR is made by rescaling ᾱ itself.</summary>
    public static double[] ShiftedAlphasCumprod(CogVideoXSchedulerConfig config)
    {
        using var scope = NewDisposeScope();
        // The type of β, float32 for all but scaled_linear, carries through to ᾱ, as in diffusers.
        var alphas = 1.Minus(Betas(config, ScalarType.Float64)).cumprod(0);
        alphas = alphas / alphas.Times(1 - config.SnrShiftScale).Plus(config.SnrShiftScale);
        if (config.RescaleBetasZeroSnr)
            alphas = RescaleToZeroTerminal(alphas);
        return alphas.to(ScalarType.Float64).data<double>().ToArray();
    }

    private static Tensor Betas(NoiseScheduleConfig config, ScalarType scaledLinearType)
    {
        if (config.TrainedBetas is { } trained)
            return HostTraffic.Sent(trained.Select(beta => (float)beta).ToArray(), CPU);

        return config.BetaSchedule switch
        {
            "linear" => linspace(config.BetaStart, config.BetaEnd, config.NumTrainTimesteps, dtype: ScalarType.Float32, device: CPU),
            "scaled_linear" => linspace(
                Math.Sqrt(config.BetaStart), Math.Sqrt(config.BetaEnd), config.NumTrainTimesteps, dtype: scaledLinearType, device: CPU).Squared(),
            _ => HostTraffic.Sent(SquaredCosine(config.NumTrainTimesteps), CPU),
        };
    }

    private static float[] SquaredCosine(int count)
    {
        static double AlphaBar(double t) => Math.Pow(Math.Cos((t + 0.008) / 1.008 * Math.PI / 2), 2);
        return [.. Enumerable.Range(0, count)
            .Select(i => (float)Math.Min(1 - AlphaBar((i + 1.0) / count) / AlphaBar((double)i / count), MaxBeta))];
    }

    /// <summary>Shifts √ᾱ so that it ends at 0 and scales it so that it begins as before (arXiv 2305.08891, algorithm 1).</summary>
    private static Tensor RescaleToZeroTerminal(Tensor alphas)
    {
        var roots = alphas.sqrt();
        var (first, last) = (roots[0], roots[-1]);
        return ((roots - last) * (first / (first - last))).Squared();
    }
}

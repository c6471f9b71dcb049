using System.Numerics;

namespace Afterimage.Models;

/// <summary>
/// Moves the σ of flow matching towards more or less noise, in the precision of the σ. Source: diffusers
/// <c>schedulers/scheduling_flow_match_euler_discrete.py</c>.
/// </summary>
internal static class SigmaShift
{
    /// <summary>s σ / (1 + (s − 1) σ)</summary>
    public static T[] Static<T>(T[] sigmas, double shift) where T : IFloatingPointIeee754<T>
    {
        var (factor, less) = (T.CreateTruncating(shift), T.CreateTruncating(shift - 1));
        return [.. sigmas.Select(sigma => factor * sigma / (T.One + less * sigma))];
    }

    /// <summary>w / (w + 1/σ − 1), where w is μ (linear) or exp μ (exponential).</summary>
    public static T[] Dynamic<T>(T[] sigmas, string type, double mu) where T : IFloatingPointIeee754<T>
    {
        var weight = T.CreateTruncating(type == "linear" ? mu : Math.Exp(mu));
        return [.. sigmas.Select(sigma => weight / (weight + (T.One / sigma - T.One)))];
    }

    /// <summary>Stretches 1 − σ so that the last σ is <paramref name="terminal"/>; nothing at <see langword="null"/> or 0.</summary>
    public static T[] ToTerminal<T>(T[] sigmas, double? terminal) where T : IFloatingPointIeee754<T>
    {
        if (terminal is null or 0)
            return sigmas;
        if (sigmas[^1] == T.One)
            throw new ArgumentException("sigmas that end at 1 cannot be stretched to shift_terminal", nameof(sigmas));
        var scale = (T.One - sigmas[^1]) / T.CreateTruncating(1 - terminal.Value);
        return [.. sigmas.Select(sigma => T.One - (T.One - sigma) / scale)];
    }
}

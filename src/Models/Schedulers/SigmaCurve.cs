namespace Afterimage.Models;

/// <summary>
/// σ from a largest to a smallest one, along a curve. Source: diffusers <c>schedulers/scheduling_euler_discrete.py</c>.
/// </summary>
internal static class SigmaCurve
{
    private const double Rho = 7;

    /// <summary>Refuses settings that ask for more than one curve, or for the beta distribution's.</summary>
    public static void Check(bool karras, bool exponential, bool beta)
    {
        if ((karras ? 1 : 0) + (exponential ? 1 : 0) + (beta ? 1 : 0) > 1)
            throw new ArgumentException("expected at most one of use_karras_sigmas, use_exponential_sigmas and use_beta_sigmas");
        if (beta)
            throw new NotSupportedException("use_beta_sigmas needs the quantiles of the beta distribution, which are not here");
    }

    /// <summary>Evenly spaced in σ^(1/7) (arXiv 2206.00364).</summary>
    public static double[] Karras(double max, double min, int count)
    {
        var (first, last) = (Math.Pow(max, 1 / Rho), Math.Pow(min, 1 / Rho));
        return [.. Spaced.Evenly(0, 1, count).Select(share => Math.Pow(first + share * (last - first), Rho))];
    }

    /// <summary>Evenly spaced in ln σ.</summary>
    /// <exception cref="ArgumentException">A σ is not above 0.</exception>
    public static double[] Exponential(double max, double min, int count)
    {
        if (!(max > 0 && min > 0))
            throw new ArgumentException($"exponential sigmas have to be above 0; these go from {max} to {min}");
        return [.. Spaced.Evenly(Math.Log(max), Math.Log(min), count).Select(Math.Exp)];
    }
}

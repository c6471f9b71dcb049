namespace Afterimage.Models;

/// <summary>
/// The exponential of a float32 as torch without MKL rounds it. Builds of torch differ in the last bit of exp, and a timestep of
/// 1000 or a guidance of 3500 times a frequency makes of that bit an angle of 1e-4: too much for a model to agree with one that
/// runs elsewhere. Source of the method and of its coefficients: SLEEF's expf of 1.0 ULP (Boost Software License 1.0).
/// </summary>
internal static class SingleExponential
{
    private const float Log2E = 1.44269504f;

    // ln 2, in a part whose multiples are exact and the rest.
    private const float Ln2High = 0.693145752f;
    private const float Ln2Low = 1.42860677e-6f;

    // (exp(r) - 1 - r) / r² for |r| up to ln 2 / 2, highest power first.
    private static readonly float[] Coefficients =
        [0.000198527618f, 0.00139304355f, 0.00833336078f, 0.0416664854f, 0.166666672f, 0.5f];

    /// <summary>
    /// exp(x) for x of moderate size: neither the result nor its reciprocal may leave float32's normal numbers.
    /// </summary>
    public static float Of(float x)
    {
        var power = MathF.Round(x * Log2E, MidpointRounding.ToEven);
        var rest = MathF.FusedMultiplyAdd(power, -Ln2High, x);
        rest = MathF.FusedMultiplyAdd(power, -Ln2Low, rest);
        var sum = 0f;
        foreach (var coefficient in Coefficients)
            sum = MathF.FusedMultiplyAdd(sum, rest, coefficient);
        return MathF.ScaleB(1 + MathF.FusedMultiplyAdd(rest * rest, sum, rest), (int)power);
    }
}

using static TorchSharp.torch;

namespace Afterimage.Kernels;

/// <summary>A linear combination of a site's kept results, written over the oldest of them.</summary>
internal static class Combine
{
    /// <summary>Coefficients whose sum is this close to 1 make an extrapolation.</summary>
    private const double AffineTolerance = 1e-9;

    /// <summary>
    /// Writes Σ coefficientsᵢ · historyᵢ over the last tensor of <paramref name="history"/>. Makes no tensor that outlives it.
    /// </summary>
    /// <param name="history">Tensors of one shape, dtype and device, newest first.</param>
    /// <param name="coefficients">As many factors.</param>
    public static void IntoOldest(ReadOnlySpan<Tensor> history, ReadOnlySpan<double> coefficients)
    {
        if (history.Length != coefficients.Length || history.Length == 0)
            throw new ArgumentException($"Expected one coefficient per kept result, got {coefficients.Length} for {history.Length}.");

        var oldest = history[^1];
        if (history.Length == 2 && oldest.dtype == ScalarType.Float32 && Math.Abs(coefficients[0] + coefficients[1] - 1) < AffineTolerance)
        {
            // One pass where the general form takes two: H1 + c0·(H0 − H1), which for c0 = 1 + w is H0 + w·(H0 − H1).
            using var weight = tensor((float)coefficients[0], oldest.dtype, oldest.device).DetachFromDisposeScope();
            oldest.lerp_(history[0], weight);
            return;
        }

        oldest.mul_(coefficients[^1]);
        for (var i = 0; i < history.Length - 1; i++)
            oldest.add_(history[i], coefficients[i]);
    }
}

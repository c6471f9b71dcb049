using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Dynamic thresholding (arXiv 2205.11487): each sample of a batch is cut off at a quantile of its magnitudes and divided by it.
/// Source: diffusers <c>schedulers/scheduling_ddpm.py</c>.
/// </summary>
internal static class DynamicThreshold
{
    /// <summary>The thresholded sample, of its shape and type, in the current dispose scope.</summary>
    public static Tensor Apply(Tensor sample, double ratio, double maxValue)
    {
        var wide = sample.dtype is ScalarType.Float32 or ScalarType.Float64 ? sample : sample.to(ScalarType.Float32);
        var rows = wide.reshape(sample.size(0), -1);
        var threshold = quantile(rows.abs(), TensorArithmetic.Full([], ratio, rows.dtype, rows.device), 1, keepdim: true).Clamped(1, maxValue);
        return (rows.clamp(-threshold, threshold) / threshold).reshape(sample.shape).to(sample.dtype);
    }
}

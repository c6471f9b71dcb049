using static TorchSharp.torch;

namespace Afterimage.Video;

/// <summary>How much neighbouring frames differ.</summary>
internal static class TemporalFlicker
{
    /// <summary>The mean absolute difference of neighbouring frames of each <c>[frames, channels, height, width]</c>, over all of them.</summary>
    public static double MeanDifference(Tensor films)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (frames, length) = (films.flatten(0, -4), films.shape[^4]);
        var differences = new List<double>();
        for (var next = 1L; next < frames.shape[0]; next++)
        {
            // The last frame of a film has no neighbour in the next film of the batch.
            if (next % length == 0)
                continue;
            using var pair = NewDisposeScope();
            differences.Add((frames[next].to(ScalarType.Float64) - frames[next - 1].to(ScalarType.Float64)).abs().mean().item<double>());
        }
        return differences.Average();
    }
}

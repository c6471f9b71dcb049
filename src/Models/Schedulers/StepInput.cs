using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Checks and forms what a scheduler is given.</summary>
internal static class StepInput
{
    public static void SameShape(Tensor sample, Tensor other, string name)
    {
        if (!sample.shape.SequenceEqual(other.shape))
        {
            throw new ArgumentException(
                $"expected the sample's shape [{string.Join(", ", sample.shape)}], found [{string.Join(", ", other.shape)}]", name);
        }
    }

    /// <summary>Refuses noise for a run that adds none.</summary>
    public static void NoNoise(Tensor? noise, string scheduler)
    {
        if (noise is not null)
            throw new ArgumentException($"{scheduler} adds no noise in a step", nameof(noise));
    }

    /// <summary>Numbers for the samples of a batch, or one for all: [n, 1, …] in the samples' type and on their device.</summary>
    public static Tensor PerSample(double[] numbers, Tensor samples)
    {
        if (numbers.Length != 1 && numbers.Length != samples.size(0))
            throw new ArgumentException($"expected 1 or {samples.size(0)} timesteps, found {numbers.Length}");
        long[] shape = [numbers.Length, .. Enumerable.Repeat(1L, (int)samples.dim() - 1)];
        return HostTraffic.Sent(numbers, samples.device).to(samples.dtype).view(shape);
    }
}

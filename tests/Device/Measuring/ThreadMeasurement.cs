using Afterimage.Cli;
using Afterimage.Cli.Bench;
using Afterimage.Cli.Verify;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Device.Measuring;

/// <summary>The largest difference of final latents, as a share of their magnitude; 0 where threads change nothing.</summary>
internal sealed record ThreadReport(int Models, double Difference);

/// <summary>
/// Runs two small models at once, with other work of torch between their steps, and compares with one after the other. All share
/// the device's kernels and its stream.
/// </summary>
internal static class ThreadMeasurement
{
    private const int Steps = 12;

    public static ThreadReport Run(Place place)
    {
        using var first = Shape.Of("tiny").Build(place, seed: 1);
        using var second = Shape.Of("tiny").Build(place, seed: 2);
        Subject[] subjects = [first, second];
        var alone = subjects.Select(subject => Denoise(subject, place)).ToArray();
        var together = new Tensor[subjects.Length];
        // Threads of their own: a pool might run one after the other.
        Thread[] threads = [.. subjects.Select((subject, i) => new Thread(() => together[i] = Denoise(subject, place)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        var difference = alone.Zip(together, (expected, actual) => Difference.Relative(actual, expected)).Max();
        foreach (var tensor in (Tensor[])[.. alone, .. together])
            tensor.Dispose();
        return new ThreadReport(subjects.Length, difference);
    }

    private static Tensor Denoise(Subject subject, Place place) =>
        new DenoisingRun(subject, CacheChoice.Faster, Steps).Denoise(new OtherWork(place), CancellationToken.None);

    /// <summary>Told after every step.</summary>
    private sealed class OtherWork(Place place) : IProgress<double>
    {
        public void Report(double value)
        {
            using var scope = NewDisposeScope();
            var square = ones([256, 256], device: place.Torch);
            for (var i = 0; i < 4; i++)
                square = square.matmul(square).Times_(1 / 256.0);
        }
    }
}

using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Device.Measuring;

/// <summary>Compares operations with copies on the device of as many bytes, in turn.</summary>
internal static class BandwidthMeasurement
{
    private const int Rounds = 15;

    /// <summary>So many in a row that the wait at the end counts for little.</summary>
    private const int Launches = 20;

    /// <summary>Latents fit in a GPU's cache and are done while one launch is made; so many of them do not.</summary>
    private const int Videos = 64;

    public static IReadOnlyList<Bandwidth> Run(Place place, Shape shape)
    {
        var results = new List<Bandwidth>();
        foreach (var videos in new[] { 1, Videos })
        {
            foreach (var operation in CacheOperation.All(shape, place, videos))
            {
                using (operation)
                    results.Add(Measure(place, operation));
            }
        }
        // One attention's history is large as it is.
        return [.. results.DistinctBy(result => (result.Operation, result.Shape))];
    }

    private static Bandwidth Measure(Place place, CacheOperation operation)
    {
        using var source = zeros(operation.Bytes / 2, ScalarType.Byte, place.Torch);
        using var target = empty_like(source);
        var (own, copies) = (new List<double>(), new List<double>());
        for (var round = -2; round < Rounds; round++)
        {
            var (operationTime, copyTime) = (Microseconds(place, operation.Run), Microseconds(place, () => target.copy_(source)));
            if (round < 0)
                continue; // warm-up
            own.Add(operationTime);
            copies.Add(copyTime);
        }
        var share = copies.Zip(own, (copy, time) => copy / time).Order().ElementAt(Rounds / 2);
        return new Bandwidth(
            operation.Name, operation.Shape, operation.Bytes, own.Order().ElementAt(Rounds / 2), copies.Order().ElementAt(Rounds / 2), share);
    }

    private static double Microseconds(Place place, Action run)
    {
        place.Finish();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Launches; i++)
            run();
        place.Finish();
        return clock.Elapsed.TotalMicroseconds / Launches;
    }
}

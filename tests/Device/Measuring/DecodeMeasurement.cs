using System.Diagnostics;
using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Device.Measuring;

/// <summary>What it takes to decode one video.</summary>
/// <param name="Latents">Their shape.</param>
/// <param name="Tiled">Whether it was in tiles.</param>
/// <param name="Seconds">Of the second decoding.</param>
/// <param name="PeakMemoryBytes">What both took of the device's memory beside the weights.</param>
internal sealed record DecodeReport(long[] Latents, bool Tiled, double Seconds, long PeakMemoryBytes);

/// <summary>Decodes latents of a shape's video with an autoencoder of CogVideoX's, of random weights.</summary>
internal static class DecodeMeasurement
{
    public static DecodeReport Run(Place place, Shape shape)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        manual_seed(0);
        // The one for a try without a GPU has few channels.
        var config = shape.Name == "tiny" ? new AutoencoderKLCogVideoXConfig { BlockOutChannels = [16, 16, 32, 32], NormNumGroups = 8 } : new();
        using var vae = AutoencoderKLCogVideoX.FromConfig(config, place.Torch, Shape.Dtype);
        vae.EnableTiling();
        var latents = randn([1, config.LatentChannels, shape.Latents[1], shape.Latents[3], shape.Latents[4]], Shape.Dtype, place.Torch);
        place.Finish();
        var free = place.FreeBytes();
        vae.Decode(latents).Dispose();
        place.Finish();
        var watch = Stopwatch.StartNew();
        vae.Decode(latents).Dispose();
        place.Finish();
        return new DecodeReport(latents.shape, vae.UseTiling, watch.Elapsed.TotalSeconds, free - place.FreeBytes());
    }
}

using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>The scale of each channel of latents.</summary>
internal static class LatentScale
{
    /// <summary>[batch, channels, …] of mean 0 and deviation 1 to what the autoencoder decodes: times its deviations, plus its means.</summary>
    public static Tensor Undo(Tensor latents, IReadOnlyList<double> mean, IReadOnlyList<double> deviation) =>
        (latents * PerChannel(deviation, latents)).Plus(PerChannel(mean, latents));

    /// <summary>The way back: what the autoencoder encoded to latents of mean 0 and deviation 1.</summary>
    public static Tensor Apply(Tensor encoded, IReadOnlyList<double> mean, IReadOnlyList<double> deviation) =>
        encoded.Minus(PerChannel(mean, encoded)) * 1.Over(PerChannel(deviation, encoded));

    private static Tensor PerChannel(IReadOnlyList<double> values, Tensor latents)
    {
        var shape = new long[latents.dim()];
        Array.Fill(shape, 1);
        shape[1] = values.Count;
        return HostTraffic.Sent(values.Select(value => (float)value).ToArray(), latents.device).to(latents.dtype).reshape(shape);
    }
}

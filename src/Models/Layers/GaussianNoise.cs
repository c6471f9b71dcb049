using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Draws standard normal noise where its generator is, as diffusers does, so that a seed means the same on every device.</summary>
internal static class GaussianNoise
{
    /// <summary>Noise of a shape, in the current dispose scope.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="dtype">The type that it is drawn in.</param>
    /// <param name="device">Where it comes to be.</param>
    /// <param name="generator">Where it is drawn; <see langword="null"/> for torch's own of <paramref name="device"/>.</param>
    public static Tensor Draw(ReadOnlySpan<long> shape, ScalarType dtype, Device device, Generator? generator) =>
        randn(shape, dtype: dtype, device: generator?.device ?? device, generator: generator).to(device);

    /// <summary>Noise of a tensor's shape and type, and where it is.</summary>
    /// <inheritdoc cref="Draw" path="/param"/>
    public static Tensor Like(Tensor tensor, Generator? generator) => Draw(tensor.shape, tensor.dtype, tensor.device, generator);
}

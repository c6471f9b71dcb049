using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Draws standard normal noise where its generator is, as diffusers does, so that a seed means the same on every device.</summary>
internal static class GaussianNoise
{
    /// <summary>
    /// Noise of a shape, in the current dispose scope. What is drawn on the CPU for a device is sent there, and nothing waits for it: the host
    /// draws while the device has work.
    /// </summary>
    /// <param name="shape">The shape.</param>
    /// <param name="dtype">The type that it is drawn in.</param>
    /// <param name="device">Where it comes to be.</param>
    /// <param name="generator">Where it is drawn; <see langword="null"/> for torch's own of <paramref name="device"/>.</param>
    public static Tensor Draw(ReadOnlySpan<long> shape, ScalarType dtype, Device device, Generator? generator)
    {
        var noise = Drawn(shape, dtype, generator?.device ?? device, generator);
        return noise.device_type == DeviceType.CPU ? noise.SentTo(device) : noise.MovedTo(device);
    }

    /// <summary>Noise of a tensor's shape and type, and where it is.</summary>
    /// <inheritdoc cref="Draw" path="/param"/>
    public static Tensor Like(Tensor tensor, Generator? generator) => Draw(tensor.shape, tensor.dtype, tensor.device, generator);

    /// <summary>Has a generator go on as if <see cref="Like"/> were called.</summary>
    /// <inheritdoc cref="Draw" path="/param"/>
    public static void Skip(Tensor tensor, Generator? generator) =>
        Drawn(tensor.shape, tensor.dtype, generator?.device ?? tensor.device, generator).Dispose();

    private static Tensor Drawn(ReadOnlySpan<long> shape, ScalarType dtype, Device device, Generator? generator) =>
        randn(shape, dtype: dtype, device: device, generator: generator);
}

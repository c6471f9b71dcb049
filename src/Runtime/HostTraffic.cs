#pragma warning disable RS0030 // The one place where tensors go from and to the host.
using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage;

/// <summary>
/// Every copy between the host's memory and a device's, and every number of a tensor that the host waits for. A device computes while the host is
/// ahead of it, and idles after each of these: none belongs into a denoising step. Torch's own ways are banned elsewhere, so that a test can count
/// (<see cref="Count"/>). Results are owned by the current dispose scope, or by the caller outside of one.
/// </summary>
internal static class HostTraffic
{
    private static readonly AsyncLocal<HostTrafficCount?> s_count = new();

    /// <summary>Counts what this thread and those it starts do from now on, until the result is disposed of.</summary>
    public static HostTrafficCount Count() => s_count.Value = new HostTrafficCount(() => s_count.Value = null);

    /// <summary>The tensor on a device: as it is, or a copy that the host waits for.</summary>
    [NoSideEffects]
    public static Tensor MovedTo(this Tensor tensor, Device device, [CallerMemberName] string by = "")
    {
        Note(tensor.device_type, device.type, isQueued: false, by);
        return tensor.to(device);
    }

    /// <inheritdoc cref="MovedTo(Tensor, Device, string)"/>
    [NoSideEffects]
    public static Tensor MovedTo(this Tensor tensor, ScalarType dtype, Device device, [CallerMemberName] string by = "")
    {
        Note(tensor.device_type, device.type, isQueued: false, by);
        return tensor.to(dtype, device);
    }

    /// <summary>
    /// A tensor of the host on a device. The host waits for nothing: to CUDA it is copied from pinned memory, in the order of the device's work,
    /// and torch keeps that memory until it is copied.
    /// </summary>
    public static Tensor SentTo(this Tensor here, Device device, [CallerMemberName] string by = "")
    {
        Note(here.device_type, device.type, isQueued: true, by);
        if (device.type != DeviceType.CUDA)
            return here.to(device);
        using var pinned = here.pin_memory();
        var there = empty(here.shape, here.dtype, device);
        there.copy_(pinned, true);
        return there;
    }

    /// <summary>As <see cref="SentTo(Tensor, Device, string)"/>, of numbers, which are copied.</summary>
    [NoSideEffects]
    public static Tensor Sent(Array numbers, Device device, [CallerMemberName] string by = "")
    {
        using var here = from_array(numbers, CPU);
        return device.type == DeviceType.CPU ? here.clone() : here.SentTo(device, by);
    }

    /// <summary>
    /// Writes over a tensor. From or to memory of the host, which has to be pinned where <paramref name="isQueued"/>, the host waits otherwise.
    /// </summary>
    /// <returns>The tensor.</returns>
    public static Tensor Copy_(this Tensor target, Tensor source, bool isQueued = false, [CallerMemberName] string by = "")
    {
        Note(source.device_type, target.device_type, isQueued, by);
        return target.copy_(source, isQueued);
    }

    /// <summary>The number of a tensor that has one, which the host waits for.</summary>
    public static T Number<T>(this Tensor number, [CallerMemberName] string by = "")
        where T : unmanaged
    {
        s_count.Value?.Waits.Add(by);
        using var here = number.cpu();
        return here.item<T>();
    }

    private static void Note(DeviceType from, DeviceType to, bool isQueued, string by)
    {
        if (s_count.Value is not { } count || from == to || (from != DeviceType.CPU && to != DeviceType.CPU))
            return;
        (isQueued ? count.Queued : from == DeviceType.CPU ? count.Uploads : count.Waits).Add(by);
    }
}

using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Memory of the host that chunks are read into on their way to a device: for each type two buffers, of which one is filled while the other is copied from.
/// A buffer is handed out again when its copy is done. Used by one thread at a time.
/// </summary>
/// <param name="make">Makes a buffer of <see cref="TensorRead.ChunkBytes"/> for elements of a type, in the host's memory.</param>
/// <param name="copy">Begins to copy from a buffer, after all copies begun before.</param>
/// <param name="wait">Waits until all copies are done.</param>
internal sealed class HostStaging(Func<ScalarType, Tensor> make, Action<Tensor, Tensor> copy, Action wait) : IDisposable
{
    private const int Buffers = 2;

    private readonly Dictionary<ScalarType, List<Tensor>> _made = [];
    private readonly Dictionary<ScalarType, int> _inUse = [];

    /// <summary>What copies to a device take: from pinned memory to CUDA, for which nothing waits; nothing for the host's own memory.</summary>
    public static HostStaging? For(Device device) => device.type switch
    {
        DeviceType.CPU => null,
        DeviceType.CUDA => new HostStaging(Pinned, (source, target) => target.Copy_(source, isQueued: true), () => cuda.synchronize(device)),
        _ => new HostStaging(Pageable, (source, target) => target.Copy_(source), static () => { }),
    };

    /// <summary>A buffer of <see cref="TensorRead.ChunkBytes"/> that nothing is being copied from. Owned here.</summary>
    public Tensor Next(ScalarType dtype)
    {
        var taken = _inUse.GetValueOrDefault(dtype);
        if (taken == Buffers)
        {
            Wait();
            taken = 0;
        }
        var made = _made.TryGetValue(dtype, out var known) ? known : _made[dtype] = [];
        if (taken == made.Count)
            made.Add(make(dtype).DetachFromDisposeScope());
        _inUse[dtype] = taken + 1;
        return made[taken];
    }

    /// <summary>Begins to copy from a buffer, or a part of it.</summary>
    public void Copy(Tensor source, Tensor target) => copy(source, target);

    /// <summary>Waits for all copies, and frees the buffers.</summary>
    public void Dispose()
    {
        Wait();
        foreach (var buffer in _made.Values.SelectMany(buffers => buffers))
            buffer.Dispose();
        _made.Clear();
    }

    private void Wait()
    {
        wait();
        _inUse.Clear();
    }

    private static Tensor Pageable(ScalarType dtype) => empty([TensorRead.ChunkBytes / SafetensorsDtype.Size(dtype)], dtype: dtype, device: CPU);

    private static Tensor Pinned(ScalarType dtype)
    {
        using var pageable = Pageable(dtype);
        return pageable.pin_memory();
    }
}

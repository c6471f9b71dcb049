using System.Diagnostics.CodeAnalysis;
using Afterimage.Kernels.Cuda;
using Afterimage.Kernels.Launch;
using Afterimage.Parallel.Nccl;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Parallel;

/// <summary>Ranks with a CUDA device each, and tensors on it. Over NCCL on Linux; collectives are put into torch's current stream, and the host does not wait for them.</summary>
/// <remarks>A rank's end is that of all where it is that of the ranks which these were opened over. NCCL refuses two ranks on one device.</remarks>
public sealed class NcclCommunicator : Communicator
{
    private static readonly Dictionary<ScalarType, NcclDataType> s_summable = new()
    {
        [ScalarType.Float16] = NcclDataType.Float16,
        [ScalarType.BFloat16] = NcclDataType.Bfloat16,
        [ScalarType.Float32] = NcclDataType.Float32,
        [ScalarType.Float64] = NcclDataType.Float64,
        [ScalarType.Int32] = NcclDataType.Int32,
        [ScalarType.Int64] = NcclDataType.Int64,
    };

    private readonly nint _handle;
    private readonly Communicator _parent;

    private NcclCommunicator(nint handle, int rank, int size, Device device, Communicator parent) : base(rank, size, device, parent) =>
        (_handle, _parent) = (handle, parent);

    private nint Stream => TorchStream.Current(Device.index);

    /// <summary>Opens a communicator of the ranks of another one, which it is agreed over. All of them call it.</summary>
    /// <param name="over">Ranks and their order, tensors in the host's memory. It stays the caller's, and is disposed of after this one.</param>
    /// <param name="device">This rank's CUDA device; each rank on a machine has one of its own.</param>
    /// <returns>The communicator. Owned by the caller.</returns>
    /// <exception cref="NotSupportedException">There is no CUDA here, or no NCCL. The message says how to get it.</exception>
    /// <exception cref="ArgumentException"><paramref name="device"/> is not one of CUDA's here, or <paramref name="over"/> is not for the host's memory.</exception>
    /// <exception cref="InvalidOperationException">NCCL fails; the message has its reason.</exception>
    public static NcclCommunicator Open(Communicator over, Device device)
    {
        ArgumentNullException.ThrowIfNull(over);
        ArgumentNullException.ThrowIfNull(device);
        if (over.Device.type != DeviceType.CPU)
            throw new ArgumentException($"Expected a communicator for tensors in the host's memory, got one for {over.Device}.", nameof(over));
        if (device.type != DeviceType.CUDA)
            throw new ArgumentException($"Expected a CUDA device, got {device}.", nameof(device));
        if (!cuda.is_available())
            throw new NotSupportedException("NCCL needs a CUDA device and libtorch with CUDA, and there is none in this process: docs/cuda.md of Afterimage says how to get it.");
        var ordinal = Math.Max(device.index, 0);
        if (ordinal >= cuda.device_count())
            throw new ArgumentException($"Expected one of {cuda.device_count()} CUDA devices, got {device}.", nameof(device));
        NcclLibrary.EnsureLoaded();
        return new NcclCommunicator(Handle(over, ordinal), over.Rank, over.Size, new Device(DeviceType.CUDA, ordinal), over);
    }

    /// <inheritdoc/>
    [DoesNotReturn]
    public override void Abort(string reason)
    {
        // What it says does not matter any more.
        _ = NcclLibrary.Abort(_handle);
        _parent.Abort(reason);
    }

    private protected override IReadOnlyCollection<ScalarType> Summable => s_summable.Keys;

    private protected override unsafe Communicator SplitInto(int color, int key)
    {
        nint part;
        int rank, size;
        NcclLibrary.Check(NcclLibrary.Split(_handle, color, key, &part, 0), "split");
        NcclLibrary.Check(NcclLibrary.UserRank(part, &rank), "tell the rank");
        NcclLibrary.Check(NcclLibrary.Count(part, &size), "tell the number of ranks");
        return new NcclCommunicator(part, rank, size, Device, this);
    }

    private protected override void ExchangeBlocks(Blocks send, Blocks receive)
    {
        var (sendBytes, sendOffsets, receiveBytes, receiveOffsets) = (send.Bytes(), send.Offsets(), receive.Bytes(), receive.Offsets());
        var stream = Stream;
        NcclLibrary.Check(NcclLibrary.GroupStart(), "begin a group");
        for (var peer = 0; peer < Size; peer++)
        {
            Send(send.Address + (nint)sendOffsets[peer], sendBytes[peer], peer, stream);
            Receive(receive.Address + (nint)receiveOffsets[peer], receiveBytes[peer], peer, stream);
        }
        NcclLibrary.Check(NcclLibrary.GroupEnd(), $"make {nameof(AllToAll)} {Collectives}");
    }

    private protected override void GatherBlocks(nint send, Blocks receive)
    {
        var (bytes, offsets) = (receive.Bytes(), receive.Offsets());
        var stream = Stream;
        if (Array.TrueForAll(bytes, count => count == bytes[0]))
        {
            NcclLibrary.Check(NcclLibrary.AllGather(send, receive.Address, (nuint)bytes[0], NcclDataType.Uint8, _handle, stream), $"make {nameof(AllGather)} {Collectives}");
            return;
        }
        NcclLibrary.Check(NcclLibrary.GroupStart(), "begin a group");
        for (var peer = 0; peer < Size; peer++)
        {
            Send(send, bytes[Rank], peer, stream);
            Receive(receive.Address + (nint)offsets[peer], bytes[peer], peer, stream);
        }
        NcclLibrary.Check(NcclLibrary.GroupEnd(), $"make {nameof(AllGather)} {Collectives}");
    }

    private protected override void Sum(nint values, long count, ScalarType dtype)
    {
        NcclLibrary.Check(NcclLibrary.AllReduce(values, values, (nuint)count, s_summable[dtype], NcclReduction.Sum, _handle, Stream), $"make {nameof(AllReduce)} {Collectives}");
    }

    private protected override void Close() => NcclLibrary.Check(NcclLibrary.Destroy(_handle), "close");

    private void Send(nint address, long bytes, int peer, nint stream)
    {
        // Its peer leaves an empty block out as well.
        if (bytes > 0)
            NcclLibrary.Check(NcclLibrary.Send(address, (nuint)bytes, NcclDataType.Uint8, peer, _handle, stream), $"send to rank {peer}");
    }

    private void Receive(nint address, long bytes, int peer, nint stream)
    {
        if (bytes > 0)
            NcclLibrary.Check(NcclLibrary.Receive(address, (nuint)bytes, NcclDataType.Uint8, peer, _handle, stream), $"receive from rank {peer}");
    }

    // Rank 0 makes the name that all know the communicator by.
    private static unsafe nint Handle(Communicator over, int ordinal)
    {
        NcclUniqueId made;
        if (over.Rank == 0)
            NcclLibrary.Check(NcclLibrary.GetUniqueId(&made), "make an id");
        using var own = empty(over.Rank == 0 ? NcclUniqueId.Size : 0, dtype: ScalarType.Byte);
        using var all = empty(NcclUniqueId.Size, dtype: ScalarType.Byte);
        if (over.Rank == 0)
            *(NcclUniqueId*)TensorMemory.AddressOf(own) = made;
        var counts = new long[over.Size];
        counts[0] = NcclUniqueId.Size;
        over.AllGather(own, all, counts);
        var id = *(NcclUniqueId*)TensorMemory.AddressOf(all);
        GC.KeepAlive(own);
        GC.KeepAlive(all);

        nint handle;
        // NCCL takes the device that is the thread's current one.
        using var device = new TorchDevice(ordinal);
        NcclLibrary.Check(NcclLibrary.InitRank(&handle, over.Size, id, over.Rank), $"open rank {over.Rank} of {over.Size} on CUDA device {ordinal}");
        return handle;
    }
}

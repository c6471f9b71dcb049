using System.Diagnostics.CodeAnalysis;
using Afterimage.Kernels.Launch;
using static TorchSharp.torch;

namespace Afterimage;

/// <summary>
/// Processes that compute one thing together, the <em>ranks</em>, and what they do at once, the <em>collectives</em>: every rank makes the same calls in the same order, with counts
/// that agree from rank to rank. Elements go from a tensor's memory to another's as they lie there.
/// </summary>
/// <remarks>
/// <para>What a rank gets wrong in a call of its own is an <see cref="ArgumentException"/> before anything is sent; the other ranks wait for it then, so a rank that cannot go on ends
/// all of them with <see cref="Abort"/>.</para>
/// <para>Not thread-safe. Autograd knows of no collective, so tensors that ask for gradients are refused.</para>
/// </remarks>
public abstract partial class Communicator : IDisposable
{
    private readonly Communicator? _parent;
    private bool _isDisposed;

    private protected Communicator(int rank, int size, Device device, Communicator? parent) => (Rank, Size, Device, _parent) = (rank, size, device, parent);

    /// <summary>Which of the ranks this process is, from 0.</summary>
    public int Rank { get; }

    /// <summary>How many ranks there are.</summary>
    public int Size { get; }

    /// <summary>Where the tensors of its collectives are.</summary>
    public Device Device { get; }

    /// <summary>
    /// How many collectives were made so far: each <see cref="AllToAll"/>, <see cref="AllGather"/> and <see cref="AllReduce"/> is one, <see cref="Split"/> is none. What a split
    /// gave counts its own.
    /// </summary>
    public long Collectives { get; private set; }

    /// <summary>Divides the ranks into groups. All ranks call it, and each is in one group; this communicator can be used as before.</summary>
    /// <param name="color">The group of this rank, from 0: ranks of one color are together.</param>
    /// <param name="key">Where this rank stands in its group: ranks go by this, and those of one key by their rank here.</param>
    /// <returns>This rank's group. Owned by the caller; it can be used as long as this communicator.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The color is negative.</exception>
    public Communicator Split(int color, int key)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(color);
        return SplitInto(color, key);
    }

    /// <summary>
    /// Every rank sends a block to every rank, itself included, and receives one from each. A block is what lies behind the blocks before it, of contiguous tensors of any shape and
    /// dtype; blocks may be empty, and of different sizes.
    /// </summary>
    /// <param name="send">What to send: the block for rank 0, then that for rank 1 and on.</param>
    /// <param name="sendCounts">The elements of each of these; <see cref="Size"/> numbers.</param>
    /// <param name="receive">Is written over: with the block of rank 0, then that of rank 1 and on. It shares no memory with <paramref name="send"/>.</param>
    /// <param name="receiveCounts">The elements of each of these: what that rank sends to this one.</param>
    /// <exception cref="ArgumentException">A tensor is not contiguous, not on <see cref="Device"/>, or asks for gradients; they are of two dtypes, or share memory; or counts are not
    /// <see cref="Size"/> numbers from 0 that add up to a tensor's elements.</exception>
    public void AllToAll(Tensor send, ReadOnlySpan<long> sendCounts, Tensor receive, ReadOnlySpan<long> receiveCounts)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        CheckPair(send, receive);
        CheckCounts(sendCounts, send);
        CheckCounts(receiveCounts, receive);
        Collectives++;
        ExchangeBlocks(BlocksOf(send, sendCounts), BlocksOf(receive, receiveCounts));
        GC.KeepAlive(send);
        GC.KeepAlive(receive);
    }

    /// <summary>Every rank receives what each of them has, itself included: contiguous tensors of any shape and dtype, which may be empty, and of different sizes.</summary>
    /// <param name="send">What this rank has.</param>
    /// <param name="receive">Is written over: with what rank 0 has, then rank 1 and on. It shares no memory with <paramref name="send"/>.</param>
    /// <param name="receiveCounts">The elements that each rank has; <see cref="Size"/> numbers, the same on all ranks.</param>
    /// <exception cref="ArgumentException">As of <see cref="AllToAll"/>; or <paramref name="send"/> has not as many elements as <paramref name="receiveCounts"/> says of this rank.</exception>
    public void AllGather(Tensor send, Tensor receive, ReadOnlySpan<long> receiveCounts)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        CheckPair(send, receive);
        CheckCounts(receiveCounts, receive);
        CheckShare(send, receiveCounts);
        Collectives++;
        GatherBlocks(TensorMemory.StartOf(send), BlocksOf(receive, receiveCounts));
        GC.KeepAlive(send);
        GC.KeepAlive(receive);
    }

    /// <summary>Adds up the ranks' tensors, element by element, and leaves the sum with all of them. Ranks get the same bits.</summary>
    /// <param name="values">This rank's terms, which are written over: contiguous, of any shape, and of one that all ranks have.</param>
    /// <exception cref="ArgumentException">It is not contiguous, not on <see cref="Device"/>, or asks for gradients; or there is no sum of its dtype here.</exception>
    public void AllReduce(Tensor values)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        CheckTensor(values);
        CheckSum(values);
        Collectives++;
        Sum(TensorMemory.StartOf(values), values.numel(), values.dtype);
        GC.KeepAlive(values);
    }

    /// <summary>Ends all ranks, this process included, those of other groups too: at once, with one line on the error stream and without what is being done.</summary>
    /// <param name="reason">Why, for that line.</param>
    [DoesNotReturn]
    public abstract void Abort(string reason);

    /// <summary>Gives back what the communicator holds. All ranks do so. Calling it again does nothing.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        Close();
    }

    // What was split, or opened over another, ends with it.
    private bool IsDisposed => _isDisposed || _parent is { IsDisposed: true };

    private protected abstract IReadOnlyCollection<ScalarType> Summable { get; }

    private protected abstract Communicator SplitInto(int color, int key);

    private protected abstract void ExchangeBlocks(Blocks send, Blocks receive);

    private protected abstract void GatherBlocks(nint send, Blocks receive);

    private protected abstract void Sum(nint values, long count, ScalarType dtype);

    private protected abstract void Close();

    private static Blocks BlocksOf(Tensor tensor, ReadOnlySpan<long> counts) => new(TensorMemory.StartOf(tensor), counts, tensor.element_size());
}

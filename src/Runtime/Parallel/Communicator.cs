using static TorchSharp.torch;

namespace Afterimage;

/// <summary>
/// Processes (<em>ranks</em>) that exchange tensors. Every rank of a communicator calls its collectives in the same order; a rank that fails ends the others in bounded time.
/// Not thread-safe.
/// </summary>
public abstract class Communicator : IDisposable
{
    /// <summary>Which of the ranks this is, from 0.</summary>
    public abstract int Rank { get; }

    /// <summary>How many ranks there are.</summary>
    public abstract int Size { get; }

    /// <summary>Where the tensors are that it exchanges.</summary>
    public abstract Device Device { get; }

    /// <summary>How many collectives this rank has taken part in.</summary>
    public long Collectives { get; protected set; }

    /// <summary>Parts the ranks: those that give the same color make a communicator of their own, in the order of their keys. The caller disposes of it.</summary>
    public abstract Communicator Split(int color, int key);

    /// <summary>Sends a part of a tensor to each rank, in the order of ranks, and receives one from each.</summary>
    /// <param name="send">Contiguous.</param>
    /// <param name="sendCounts">How many elements each rank gets.</param>
    /// <param name="receive">Contiguous, of the same type and device; written to.</param>
    /// <param name="receiveCounts">How many elements come from each rank.</param>
    /// <exception cref="ArgumentException">The counts are not those of the tensors, or the tensors cannot be exchanged.</exception>
    public abstract void AllToAll(Tensor send, ReadOnlySpan<long> sendCounts, Tensor receive, ReadOnlySpan<long> receiveCounts);

    /// <summary>Gives every rank the tensors of all, one after the other in the order of ranks.</summary>
    /// <param name="send">Contiguous.</param>
    /// <param name="receive">Contiguous, of the same type and device; written to.</param>
    /// <param name="receiveCounts">How many elements come from each rank.</param>
    /// <exception cref="ArgumentException">The counts are not those of the tensors, or the tensors cannot be exchanged.</exception>
    public abstract void AllGather(Tensor send, Tensor receive, ReadOnlySpan<long> receiveCounts);

    /// <summary>Makes every element the sum of all ranks' elements at its place.</summary>
    /// <param name="values">Contiguous; written over.</param>
    public abstract void AllReduce(Tensor values);

    /// <summary>Ends all ranks, with a line that says why.</summary>
    public abstract void Abort(string reason);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what it holds.</summary>
    protected virtual void Dispose(bool disposing) { }
}

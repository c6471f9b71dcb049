using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace Afterimage;

/// <summary>A model's part in what several ranks compute together. Made by <see cref="ICacheableModel.EnableParallel"/>.</summary>
public sealed class ModelParallel : IDisposable
{
    private const int HashBytes = 32;

    private readonly Communicator _guidance;
    private readonly long _before;

    internal ModelParallel(ParallelLayout layout, Communicator communicator)
    {
        (Layout, Communicator, _before) = (layout, communicator, communicator.Collectives);
        (Branch, var part) = Math.DivRem(communicator.Rank, layout.Sequence);
        Tokens = communicator.Split(Branch, part);
        _guidance = communicator.Split(layout.Guidance + part, Branch);
    }

    /// <summary>How the ranks share the work.</summary>
    public ParallelLayout Layout { get; }

    /// <summary>All ranks. The caller's.</summary>
    public Communicator Communicator { get; }

    /// <summary>The branch of guidance that this rank computes, where <see cref="ParallelLayout.Guidance"/> is 2: 0 without the prompt, 1 with it.</summary>
    public int Branch { get; }

    /// <summary>How many collectives this rank has taken part in for the model.</summary>
    public long Collectives => Tokens.Collectives + _guidance.Collectives + Communicator.Collectives - _before;

    /// <summary>The ranks that share the tokens of this rank's branch.</summary>
    internal Communicator Tokens { get; }

    /// <summary>Puts the branches of all ranks together along dimension 0, the unconditional one first. The result is in the current dispose scope.</summary>
    /// <param name="branch">What this rank computed, of the same shape on all.</param>
    public Tensor GatherBranches(Tensor branch)
    {
        using var scope = NewDisposeScope();
        var sent = branch.contiguous();
        var both = empty([_guidance.Size * branch.size(0), .. branch.shape[1..]], branch.dtype, branch.device);
        Span<long> counts = stackalloc long[_guidance.Size];
        counts.Fill(sent.numel());
        _guidance.AllGather(sent, both, counts);
        return both.MoveToOuterDisposeScope();
    }

    /// <summary>Checks that all ranks mean the same, before any computes.</summary>
    /// <param name="what">What it is, for the message.</param>
    /// <param name="text">What is to be the same.</param>
    /// <exception cref="InvalidOperationException">It is not.</exception>
    internal void CheckSame(string what, string text)
    {
        using var scope = NewDisposeScope();
        var all = empty([Communicator.Size, HashBytes], ScalarType.Byte, Communicator.Device);
        Span<long> counts = stackalloc long[Communicator.Size];
        counts.Fill(HashBytes);
        Communicator.AllGather(HostTraffic.Sent(SHA256.HashData(Encoding.UTF8.GetBytes(text)), Communicator.Device), all, counts);
        var hashes = all.MovedTo(CPU).bytes.ToArray().Chunk(HashBytes).ToArray();
        if (Array.FindIndex(hashes, hash => !hash.AsSpan().SequenceEqual(hashes[0])) is >= 0 and var other)
            throw new InvalidOperationException($"Rank {other} has another {what} than rank 0: all ranks need the same config, timesteps and model.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Tokens.Dispose();
        _guidance.Dispose();
    }
}

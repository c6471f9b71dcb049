using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>
/// Splits the tokens of a model's sequences over ranks, and puts what was computed of them together. Where no ranks share them, everything stays as it is. Used by
/// generated code and by attention.
/// </summary>
/// <remarks>
/// Within attention, between projections and norms before it and the projection after it, each rank has all tokens of some heads instead of some tokens of all heads: two
/// exchanges, in whatever order the tokens are. Source: DeepSpeed-Ulysses, arXiv 2309.14509.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class SequenceShards
{
    private const int TokenDimension = 1;

    private readonly Dictionary<string, long> _lengths = [];
    private Communicator? _ranks;

    /// <summary>Whether it is left out for now: profiles and self-checks run a whole model on each rank.</summary>
    internal bool IsSuspended { get; set; }

    /// <summary>The ranks that share the tokens; <see langword="null"/> where one has all.</summary>
    internal Communicator? Ranks
    {
        get => IsSuspended || _ranks is { Size: 1 } ? null : _ranks;
        set
        {
            _ranks = value;
            _lengths.Clear();
        }
    }

    /// <summary>This rank's tokens of a sequence, [batch, tokens, …]. The result is in the current dispose scope, or the tensor itself.</summary>
    /// <param name="sequence">The variable's name.</param>
    /// <param name="tokens">All of them.</param>
    /// <exception cref="ArgumentException">There are fewer tokens than ranks.</exception>
    public Tensor Split(string sequence, Tensor tokens)
    {
        if (Ranks is not { } ranks)
            return tokens;
        var length = tokens.size(TokenDimension);
        if (length < ranks.Size)
            throw new ArgumentException($"'{sequence}' has {length} tokens, which {ranks.Size} ranks cannot share: give fewer ranks to the sequence.", nameof(tokens));
        _lengths[sequence] = length;
        return Rows([sequence], tokens, TokenDimension);
    }

    /// <summary>This rank's rows of what goes with the tokens of some sequences, one after the other. The result is in the current dispose scope, or the value itself.</summary>
    [return: NotNullIfNotNull(nameof(positions))]
    public T? Positions<T>(T? positions, params ReadOnlySpan<string> sequences)
        where T : class, ISequencePositions<T>
    {
        if (Ranks is null || positions is null)
            return positions;
        var names = sequences.ToArray();
        return positions.Select((tensor, dimension) => Rows(names, tensor, dimension));
    }

    /// <summary>All tokens of a sequence, from those that each rank computed. The result is in the current dispose scope, or the tensor itself.</summary>
    /// <param name="sequence">The variable that they come from.</param>
    /// <param name="tokens">This rank's.</param>
    public Tensor Gather(string sequence, Tensor tokens)
    {
        if (Ranks is not { } ranks)
            return tokens;
        var lengths = LengthsOf(LengthOf(sequence));
        if (tokens.size(TokenDimension) != lengths[ranks.Rank])
            throw new InvalidOperationException(
                $"Rank {ranks.Rank} has {tokens.size(TokenDimension)} tokens of '{sequence}' to give, and {lengths[ranks.Rank]} were expected: the model does not keep its tokens apart.");
        using var scope = NewDisposeScope();
        return Exchange(tokens.contiguous(), lengths, TokenDimension, ranks.AllGather).MoveToOuterDisposeScope();
    }

    /// <summary>Attends over the tokens of all ranks. The result, of this rank's tokens, is in the current dispose scope.</summary>
    /// <param name="query">[batch, heads, tokens, channels], as the others: this rank's tokens of all sequences, of all heads.</param>
    /// <param name="key">As <paramref name="query"/>.</param>
    /// <param name="value">As <paramref name="query"/>.</param>
    /// <param name="attend">Attends over all tokens of some heads.</param>
    internal Tensor Attend(Tensor query, Tensor key, Tensor value, Func<Tensor, Tensor, Tensor, Tensor> attend)
    {
        var ranks = Ranks!;
        var lengths = LengthsOf([.. _lengths.Values]);
        var (batch, heads, tokens, channels) = (query.size(0), query.size(1), query.size(2), query.size(3));
        if (!key.shape.AsSpan().SequenceEqual(query.shape) || !value.shape.AsSpan().SequenceEqual(query.shape) || tokens != lengths[ranks.Rank])
            throw new InvalidOperationException(
                $"Expected queries, keys and values of {lengths[ranks.Rank]} tokens, this rank's of {string.Join(" and ", _lengths.Keys)}, got [{string.Join(", ", query.shape)}], "
                + $"[{string.Join(", ", key.shape)}] and [{string.Join(", ", value.shape)}].");
        if (heads % ranks.Size != 0)
            throw new ArgumentException($"{heads} heads of attention cannot be shared by {ranks.Size} ranks: their number must divide that of the heads.");
        using var scope = NewDisposeScope();
        var own = heads / ranks.Size;
        var sent = stack([query, key, value]).view(3, batch, ranks.Size, own, tokens, channels).permute(2, 0, 1, 3, 4, 5).contiguous(); // [ranks, 3, B, h, s, d]
        var all = Exchange(sent[0], lengths, 3, (_, receive, counts) => ranks.AllToAll(sent, Equal(sent.numel() / ranks.Size), receive, counts)); // [3, B, h, S, d]
        var attended = attend(all[0], all[1], all[2]);
        var back = cat([.. attended.split(lengths, dim: 2).Select(part => part.reshape(-1))]);
        var received = empty([ranks.Size, batch, own, tokens, channels], query.dtype, query.device);
        ranks.AllToAll(back, Counts(lengths, batch * own * channels), received, Equal(batch * own * tokens * channels));
        return received.transpose(0, 1).reshape(batch, heads, tokens, channels).MoveToOuterDisposeScope();

        long[] Equal(long count) => [.. Enumerable.Repeat(count, ranks.Size)];
    }

    /// <summary>How many tokens of a sequence each rank has: as many as any other, or one more.</summary>
    internal static long[] Share(long length, int ranks) => [.. Enumerable.Range(0, ranks).Select(rank => length / ranks + (rank < length % ranks ? 1 : 0))];

    private delegate void Collective(Tensor send, Tensor receive, ReadOnlySpan<long> counts);

    // What comes from each rank has another length along one dimension, and lies in memory as a whole.
    private static Tensor Exchange(Tensor alike, long[] lengths, int dimension, Collective collective)
    {
        var others = alike.numel() / alike.size(dimension);
        var counts = Counts(lengths, others);
        var received = empty([counts.Sum()], alike.dtype, alike.device);
        collective(alike, received, counts);
        return cat([.. received.split(counts).Select((part, rank) => part.view(ShapeOf(rank)))], dimension);

        long[] ShapeOf(int rank)
        {
            var shape = alike.shape;
            shape[dimension] = lengths[rank];
            return shape;
        }
    }

    private static long[] Counts(long[] lengths, long others) => [.. lengths.Select(length => length * others)];

    private long[] LengthsOf(params ReadOnlySpan<long> sequences)
    {
        var lengths = new long[Ranks!.Size];
        foreach (var sequence in sequences)
        {
            var shares = Share(sequence, lengths.Length);
            for (var rank = 0; rank < lengths.Length; rank++)
                lengths[rank] += shares[rank];
        }
        return lengths;
    }

    private long LengthOf(string sequence) => _lengths.TryGetValue(sequence, out var length)
        ? length
        : throw new InvalidOperationException($"No forward has split '{sequence}' yet.");

    /// <summary>This rank's rows of each sequence, of a tensor in which they lie one after the other.</summary>
    private Tensor Rows(string[] sequences, Tensor all, int dimension)
    {
        var rank = Ranks!.Rank;
        var parts = new List<Tensor>();
        long start = 0;
        foreach (var sequence in sequences)
        {
            var (length, shares) = (LengthOf(sequence), Share(LengthOf(sequence), Ranks.Size));
            parts.Add(all.narrow(dimension, start + shares.Take(rank).Sum(), shares[rank]));
            start += length;
        }
        if (start != all.size(dimension))
            throw new ArgumentException($"Expected {start} rows for {string.Join(" and ", sequences)}, got {all.size(dimension)} in [{string.Join(", ", all.shape)}].", nameof(all));
        var rows = parts.Count == 1 ? parts[0].contiguous() : cat(parts, dimension);
        foreach (var part in parts)
        {
            if (!ReferenceEquals(part, rows))
                part.Dispose();
        }
        return rows;
    }
}

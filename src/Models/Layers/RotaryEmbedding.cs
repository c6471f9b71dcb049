using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Rotary positions of a sequence: each pair of channels is turned by an angle of its own per token. Both tables hold every angle
/// twice, where its two channels are. Source: diffusers <c>models/embeddings.py</c> (apply_rotary_emb with use_real_unbind_dim = −1,
/// apply_rotary_emb_allegro).
/// </summary>
/// <param name="Cos">
/// Cosines, float32: [tokens, head dim], or [tokens, width] of all heads where each has angles of its own. Before the tokens there may
/// be a batch.
/// </param>
/// <param name="Sin">Sines, of the same shape, float32.</param>
/// <param name="HalvedParts">
/// 0 where the channels of a pair are neighbours (<c>repeat_interleave_real</c>). Else the number of equal parts of a head, in each of
/// which the channels of the first half are paired with those of the second.
/// </param>
public sealed record RotaryEmbedding(Tensor Cos, Tensor Sin, int HalvedParts = 0) : IDisposable, ISequencePositions<RotaryEmbedding>
{
    /// <summary>Turns queries or keys.</summary>
    /// <param name="input">[batch, tokens, heads, head dim]</param>
    /// <returns>A new tensor of the same shape and type; half types are turned in float32.</returns>
    public Tensor Apply(Tensor input)
    {
        using var scope = NewDisposeScope();
        var wide = input.to(Precision.AtLeastSingle(input.dtype), copy: true).contiguous();
        Turn(wide);
        return wide.to(input.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public RotaryEmbedding Select(Func<Tensor, int, Tensor> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return this with { Cos = rows(Cos, (int)Cos.dim() - 2), Sin = rows(Sin, (int)Sin.dim() - 2) };
    }

    /// <summary>The same tables, outside of every dispose scope.</summary>
    internal RotaryEmbedding Detached()
    {
        Cos.DetachFromDisposeScope();
        Sin.DetachFromDisposeScope();
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Cos.Dispose();
        Sin.Dispose();
    }

    /// <summary>
    /// As <see cref="Apply"/>, into the memory of <paramref name="input"/>, whose last dimension is contiguous. Of a longer
    /// sequence only the last tokens are turned, as many as the tables have: a prompt comes first and has no positions.
    /// </summary>
    internal void ApplyInPlace(Tensor input)
    {
        using var scope = NewDisposeScope();
        var tokens = Cos.shape[^2];
        if (tokens < input.size(1))
            input = input.narrow(1, input.size(1) - tokens, tokens);
        if (input.dtype == Precision.AtLeastSingle(input.dtype))
            Turn(input);
        else
            input.Copy_(Apply(input));
    }

    private void Turn(Tensor input)
    {
        if (HalvedParts > 0)
            TurnHalves(input);
        else
            TurnNeighbours(input);
    }

    /// <summary>One complex product: (a + bi)(cos + i sin) = (a cos − b sin) + (b cos + a sin) i.</summary>
    private void TurnNeighbours(Tensor input)
    {
        var (batch, tokens, width) = (input.size(0), input.size(1), Cos.shape[^1]);
        var turn = stack([Angles(Cos, input), Angles(Sin, input)], dim: -1).view_as_complex().unsqueeze(-2);
        input.view(batch, tokens, input.size(2) * input.size(3) / width, width / 2, 2).view_as_complex().mul_(turn);
    }

    /// <summary>The same product of pairs whose channels lie apart.</summary>
    private void TurnHalves(Tensor input)
    {
        var (batch, tokens, heads, channels) = (input.size(0), input.size(1), input.size(2), input.size(3) / (2 * HalvedParts));
        var halves = input.view(batch, tokens, heads, HalvedParts, 2, channels);
        var (first, second) = (halves.select(4, 0), halves.select(4, 1));
        var (cos, sin) = (Half(Cos), Half(Sin));
        var turned = first.Times(cos).Minus(second.Times(sin));
        second.mul_(cos).PlusProduct_(first, sin, 1);
        first.Copy_(turned);

        Tensor Half(Tensor table) => table.view(tokens, 1, HalvedParts, 2, channels).select(3, 0).MovedTo(Precision.AtLeastSingle(input.dtype), input.device);
    }

    private static Tensor Angles(Tensor table, Tensor input) =>
        table.slice(-1, 0, table.shape[^1], 2).MovedTo(Precision.AtLeastSingle(input.dtype), input.device);
}

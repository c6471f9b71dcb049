using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The rotary positions of latents, whose frequencies are learned, for each head its own. Rows and columns are scaled so that any
/// grid covers the area of the trained one. Source: diffusers <c>models/transformers/transformer_mochi.py</c> (MochiRoPE).
/// </summary>
public sealed class MochiRoPE() : Module<Tensor, Tensor, RotaryEmbedding>(nameof(MochiRoPE))
{
    private const double TrainedArea = 192 * 192;

    /// <summary>The positions of patches.</summary>
    /// <param name="frequencies">The model's <c>pos_frequencies</c>, [3, heads, head dim / 2].</param>
    /// <param name="positions">Of every token, as <see cref="Positions"/> gives them.</param>
    /// <returns>Tables of [frames × rows × columns, heads × head dim], in the current dispose scope.</returns>
    [NoSideEffects]
    public override RotaryEmbedding forward(Tensor frequencies, Tensor positions)
    {
        using var scope = NewDisposeScope();
        var angles = positions.matmul(frequencies.to(ScalarType.Float32).flatten(1)); // in float32 whatever the model's type is
        return new RotaryEmbedding(Doubled(angles.cos()), Doubled(angles.sin()));

        static Tensor Doubled(Tensor table) => table.repeat_interleave(2, dim: -1).MoveToOuterDisposeScope();
    }

    /// <summary>Frames 0, 1, 2, …; rows and columns at the middles of cells around 0.</summary>
    /// <param name="frames">The number of frames.</param>
    /// <param name="rows">The rows of patches.</param>
    /// <param name="columns">The columns of patches.</param>
    /// <param name="device">Where the result is.</param>
    /// <returns>[frames × rows × columns, 3], float32</returns>
    [NoSideEffects]
    public static Tensor Positions(long frames, long rows, long columns, Device device)
    {
        using var scope = NewDisposeScope();
        var scale = Math.Sqrt(TrainedArea / (rows * columns));
        return RotaryGrid.Cells(TensorArithmetic.Range(frames, ScalarType.Float32, device), Middles(rows), Middles(columns)).MoveToOuterDisposeScope();

        Tensor Middles(long count)
        {
            var edges = linspace(-count * scale / 2, count * scale / 2, count + 1, dtype: ScalarType.Float32, device: device);
            return edges.narrow(0, 0, count).Plus(edges.narrow(0, 1, count)).Over(2);
        }
    }
}

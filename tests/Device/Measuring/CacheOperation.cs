using Afterimage.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Device.Measuring;

/// <summary>An operation of a cache, with operands on the device.</summary>
/// <param name="Name">What it computes.</param>
/// <param name="Shape">The shape of its operands.</param>
/// <param name="Bytes">What it has to read and write.</param>
/// <param name="Operands">Its own.</param>
/// <param name="Run">Does it once.</param>
internal sealed record CacheOperation(string Name, string Shape, long Bytes, IDisposable[] Operands, Action Run) : IDisposable
{
    private static readonly double[] s_extrapolation = [1.3, -0.3];
    private static readonly double[] s_series = [1, 2, 2, 4.0 / 3]; // a Taylor series of third order, two steps on

    /// <summary>Those of a run of this shape; operands are made when the operation's turn comes.</summary>
    /// <param name="shape">The model's shape.</param>
    /// <param name="place">Where to.</param>
    /// <param name="videos">How many videos' latents at once.</param>
    public static IEnumerable<CacheOperation> All(Shape shape, Place place, long videos = 1)
    {
        long[] latents = [videos, .. shape.Latents[1..]];
        const int Element = 2, Wide = 4; // bfloat16, float32
        yield return Blend("blend into a batch", 3 * Element + 2 * Wide, (conditional, low, high) =>
            FrequencyBlend.Batch(conditional, low, high, 1.1, 0.9).Dispose());
        yield return Blend("blend with guidance", Element + 3 * Wide, (conditional, low, high) =>
            FrequencyBlend.Guided(conditional, low, high, 1.1, 0.9, scale: 6).Dispose());

        yield return Combination("combine two results", s_extrapolation);
        yield return Combination("combine four results", s_series);

        CacheOperation Blend(string name, int bytesPerElement, Action<Tensor, Tensor, Tensor> run)
        {
            var conditional = Random(latents);
            var (low, high) = (randn(latents, device: place.Torch), randn(latents, device: place.Torch));
            return new CacheOperation(
                name, Text(latents), bytesPerElement * conditional.numel(), [conditional, low, high], () => run(conditional, low, high));
        }

        CacheOperation Combination(string name, double[] weights)
        {
            var history = new Ring(weights.Length, shape.Attention, Device.Shape.Dtype, place.Torch);
            nn.init.normal_(history.Whole);
            var (result, tables) = (empty_like(history[0]), new WeightTables());
            return new CacheOperation(
                name, Text(shape.Attention), (weights.Length + 1L) * Element * result.numel(), [history, result, tables],
                () => Combine.Into(result, history, 0, weights, tables));
        }

        Tensor Random(long[] size) => randn(size, Device.Shape.Dtype, place.Torch);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var operand in Operands)
            operand.Dispose();
    }

    private static string Text(long[] shape) => $"[{string.Join(", ", shape)}]";
}

using Afterimage.Execution;
using Afterimage.Kernels.Launch;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage;

/// <summary>Measures what a model's sites cost and how much of them a run would keep.</summary>
public static class ModelProfiler
{
    /// <summary>
    /// Runs <paramref name="forward"/> once, without a cache, and counts. On the META device nothing is computed and no weight
    /// takes memory, so any size of model can be measured anywhere.
    /// </summary>
    /// <param name="model">The model. Its cache may be enabled and in the middle of a run, which goes on afterwards as if nothing had been.</param>
    /// <param name="forward">Calls the model once with a full batch. The result is disposed of here.</param>
    /// <returns>
    /// Bytes per site as kept from this batch, and floating-point operations (2 per multiply-add) of linear layers,
    /// convolutions and <see cref="ScaledDotProductAttention"/>.
    /// </returns>
    /// <exception cref="InvalidOperationException">The model is in the middle of a forward.</exception>
    /// <exception cref="OverflowException">There are more operations than can be counted.</exception>
    public static ModelProfile Measure(Module model, Func<Tensor> forward)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(forward);
        var table = SiteTable.Of(model);
        var probes = table.Sites.Select(_ => new SiteProbe()).ToArray();
        using var bypass = ModelCache.Bypass(model);
        using var counter = new FlopCounter(model);
        using var noGradient = no_grad();
        try
        {
            foreach (var (block, sites) in table.Blocks)
                block.Select(0, sites.Select(site => (SiteSlot)probes[site]).ToArray());
            using var output = forward();
            if (table.Latents >= 0)
                probes[^1].Keep(0, output);
            return new ModelProfile(
                [.. table.Sites.Select((site, i) => new SiteProfile(
                    site.Name, probes[i].Elements, probes[i].Rows, probes[i].Bytes, site.Kind == SiteKind.Model ? counter.Total : counter.Inside(site.Name)))],
                output.numel(),
                counter.Total);
        }
        catch (OverflowException exception)
        {
            throw new OverflowException($"A forward takes more than {long.MaxValue} floating-point operations: check the sizes in the model's config.", exception);
        }
        finally
        {
            foreach (var (block, _) in table.Blocks)
                block.Deselect();
        }
    }

    private sealed class SiteProbe : StackSlot
    {
        public long Bytes { get; private set; }

        public long Elements { get; private set; }

        public long Rows { get; private set; }

        public override void Keep(int tensor, Tensor value)
        {
            Elements += value.numel();
            Rows += value.numel() / Math.Max(1, value.size(-1));
            Bytes += TensorMemory.BytesOf(value);
        }

        public override void Enter(int tensor, Tensor value) { }

        public override Tensor Take(int tensor) => throw Computes();

        public override Tensor Take(int tensor, Tensor input) => throw Computes();

        public override IEnumerable<T> Head<T>(IEnumerable<T> blocks) => throw Computes();

        public override void Branch(int tensor, Tensor value) => throw Computes();

        public override IEnumerable<T> Rest<T>(IEnumerable<T> blocks) => throw Computes();

        public override Tensor Leave(int tensor, Tensor value) => throw Computes();

        public override IEnumerable<T> Tail<T>(IEnumerable<T> blocks) => throw Computes();

        private static InvalidOperationException Computes() => new("A profile computes every site.");
    }
}

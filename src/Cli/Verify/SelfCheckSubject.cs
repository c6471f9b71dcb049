using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary>A loaded transformer and one call of it, on random inputs of the smallest size that shows all of it.</summary>
/// <param name="Module">The model.</param>
/// <param name="Cache">Its cache.</param>
/// <param name="Inputs">The tensors of the call, owned here.</param>
/// <param name="Forward">The call.</param>
internal sealed record SelfCheckSubject(nn.Module Module, ICacheableModel Cache, IReadOnlyList<Tensor> Inputs, Func<Tensor> Forward) : IDisposable
{
    private const long Text = 16, Rows = 4, Columns = 6;

    /// <summary>Inputs of a model, drawn from torch's generator. The model is owned here.</summary>
    /// <exception cref="NotSupportedException">There is no such model here.</exception>
    public static SelfCheckSubject Of(nn.Module module, ScalarType dtype) => module switch
    {
        AllegroTransformer3DModel model => Allegro(model, dtype),
        CogVideoXTransformer3DModel model => CogVideoX(model, dtype),
        FluxTransformer2DModel model => Flux(model, dtype),
        HunyuanVideoTransformer3DModel model => HunyuanVideo(model, dtype),
        LatteTransformer3DModel model => Latte(model, dtype),
        LTXVideoTransformer3DModel model => LTX(model, dtype),
        MochiTransformer3DModel model => Mochi(model, dtype),
        WanTransformer3DModel model => Wan(model, dtype),
        _ => throw new NotSupportedException($"'{module.GetType().Name}' cannot check itself here yet."),
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var input in Inputs)
            input.Dispose();
        Module.Dispose();
    }

    private static SelfCheckSubject Allegro(AllegroTransformer3DModel model, ScalarType dtype)
    {
        var config = model.Config;
        var frames = 2L * config.PatchSizeT;
        var latents = randn([2, config.InChannels, frames, Rows * config.PatchSize, Columns * config.PatchSize], dtype);
        var prompt = randn([2, Text, config.CaptionChannels], dtype);
        var times = tensor([500f, 500f]);
        var mask = ones([2, Text], ScalarType.Int64);
        var rotary = config.AttentionHeadDim % 6 == 0
            ? AllegroTransformer3DModel.PrepareRotaryPositionalEmbeddings(config, Rows * config.PatchSize, Columns * config.PatchSize, frames, CPU, vaeScaleFactor: 1)
            : null;
        return new(model, model, Tensors(latents, prompt, times, mask), () => model.forward(latents, prompt, times, null, mask, rotary));
    }

    private static SelfCheckSubject CogVideoX(CogVideoXTransformer3DModel model, ScalarType dtype)
    {
        var config = model.Config;
        // Positions that were learned are those of one size and length of prompt.
        var any = !config.UseLearnedPositionalEmbeddings;
        var depth = config.PatchSizeT ?? 1;
        var frames = any ? 2 * depth : ((config.SampleFrames - 1) / config.TemporalCompressionRatio + depth) / depth * depth;
        long rows = any ? Rows * config.PatchSize : config.SampleHeight, columns = any ? Columns * config.PatchSize : config.SampleWidth;
        var latents = randn([2, frames, config.InChannels, rows, columns], dtype);
        var prompt = randn([2, any ? Math.Min(Text, config.MaxTextSeqLength) : config.MaxTextSeqLength, config.TextEmbedDim], dtype);
        var times = tensor([500f, 500f]);
        var ofs = config.OfsEmbedDim is null ? null : tensor([2f]).to(dtype);
        var rotary = config.UseRotaryPositionalEmbeddings ? model.PrepareRotaryPositionalEmbeddings(rows * 8, columns * 8, frames, CPU) : null;
        return new(model, model, Tensors(latents, prompt, times, ofs), () => model.forward(latents, prompt, times, null, ofs, rotary));
    }

    private static SelfCheckSubject Flux(FluxTransformer2DModel model, ScalarType dtype)
    {
        var config = model.Config;
        var latents = randn([1, Rows * Columns, config.InChannels], dtype);
        var prompt = randn([1, Text, config.JointAttentionDim], dtype);
        var pooled = randn([1, config.PooledProjectionDim], dtype);
        var times = tensor([0.5f]);
        var guidance = config.GuidanceEmbeds ? tensor([3.5f]) : null;
        var ids = FluxPositionIds.Prepare(Text, Rows, Columns, CPU);
        return new(model, model, Tensors(latents, prompt, pooled, times, guidance), () => model.forward(latents, prompt, pooled, times, guidance, ids));
    }

    private static SelfCheckSubject HunyuanVideo(HunyuanVideoTransformer3DModel model, ScalarType dtype)
    {
        var config = model.Config;
        var latents = randn([1, config.InChannels, 2 * config.PatchSizeT, Rows * config.PatchSize, Columns * config.PatchSize], dtype);
        var prompt = randn([1, Text, config.TextEmbedDim], dtype);
        var pooled = randn([1, config.PooledProjectionDim], dtype);
        var mask = ones([1, Text], ScalarType.Int64);
        var times = tensor([500f]);
        var guidance = config.GuidanceEmbeds ? tensor([6000f]) : null;
        return new(
            model, model, Tensors(latents, prompt, pooled, mask, times, guidance), () => model.forward(latents, times, prompt, mask, pooled, guidance));
    }

    private static SelfCheckSubject Latte(LatteTransformer3DModel model, ScalarType dtype)
    {
        var config = model.Config;
        var latents = randn([2, config.InChannels, config.VideoLength, Rows * config.PatchSize, Columns * config.PatchSize], dtype);
        var prompt = randn([2, Text, config.CaptionChannels], dtype);
        var times = tensor([500f, 500f]);
        return new(model, model, Tensors(latents, prompt, times), () => model.forward(latents, times, prompt, null, true));
    }

    private static SelfCheckSubject LTX(LTXVideoTransformer3DModel model, ScalarType dtype)
    {
        var config = model.Config;
        var grid = new LTXVideoGrid(2, Rows, Columns, (0.32, 32, 32));
        var latents = randn([2, 2 * Rows * Columns, config.InChannels], dtype);
        var prompt = randn([2, Text, config.CaptionChannels], dtype);
        var times = tensor([500f, 500f]);
        var mask = Mask();
        return new(model, model, Tensors(latents, prompt, times, mask), () => model.forward(latents, prompt, times, mask, grid, null));
    }

    private static SelfCheckSubject Mochi(MochiTransformer3DModel model, ScalarType dtype)
    {
        var config = model.Config;
        var latents = randn([2, config.InChannels, 2, Rows * config.PatchSize, Columns * config.PatchSize], dtype);
        var prompt = randn([2, Text, config.TextEmbedDim], dtype);
        var times = tensor([500f, 500f]);
        var mask = Mask();
        return new(model, model, Tensors(latents, prompt, times, mask), () => model.forward(latents, prompt, times, mask));
    }

    private static SelfCheckSubject Wan(WanTransformer3DModel model, ScalarType dtype)
    {
        var config = model.Config;
        var (frames, rows, columns) = config.PatchSize;
        var latents = randn([2, config.InChannels, 2 * frames, Rows * rows, Columns * columns], dtype);
        // What is before the last 512 tokens is the image's.
        var prompt = randn([2, config.AddedKvProjDim is null ? Text : 512, config.TextDim], dtype);
        var image = config.ImageDim is not { } width ? null : randn(config.PosEmbedSeqLen is { } both ? [4, both / 2, width] : [2, Text, width], dtype);
        var times = tensor([500f, 500f]);
        return new(model, model, Tensors(latents, prompt, times, image), () => model.forward(latents, times, prompt, image));
    }

    /// <summary>Of the first prompt only a half is to look at.</summary>
    private static Tensor Mask()
    {
        using var all = ones([1, Text], ScalarType.Bool);
        using var places = TensorArithmetic.Range(Text);
        using var isWithin = places.IsLess(Text / 2);
        using var row = isWithin.unsqueeze(0);
        return cat([row, all]);
    }

    private static IReadOnlyList<Tensor> Tensors(params IEnumerable<Tensor?> tensors) => [.. tensors.OfType<Tensor>()];
}

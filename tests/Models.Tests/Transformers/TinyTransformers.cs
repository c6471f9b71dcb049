using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Small models of each class, and calls of them with random inputs for two samples.</summary>
internal static class TinyTransformers
{
    public static LatteTransformer3DModelConfig Latte { get; } = new()
    {
        NumAttentionHeads = 2,
        AttentionHeadDim = 8,
        OutChannels = 8,
        NumLayers = 2,
        CrossAttentionDim = 16,
        AttentionBias = true,
        SampleSize = 8,
        ActivationFn = "gelu-approximate",
        NormType = "ada_norm_single",
        NormElementwiseAffine = false,
        NormEps = 1e-6,
        CaptionChannels = 12,
        VideoLength = 3,
    };

    public static WanTransformer3DModelConfig Wan { get; } = new()
    {
        NumAttentionHeads = 2,
        AttentionHeadDim = 14,
        InChannels = 4,
        OutChannels = 4,
        TextDim = 12,
        FreqDim = 16,
        FfnDim = 20,
        NumLayers = 2,
        RopeMaxSeqLen = 8,
    };

    public static FluxTransformer2DModelConfig Flux { get; } = new()
    {
        InChannels = 8,
        NumLayers = 1,
        NumSingleLayers = 2,
        AttentionHeadDim = 16,
        NumAttentionHeads = 2,
        JointAttentionDim = 12,
        PooledProjectionDim = 10,
        GuidanceEmbeds = true,
        AxesDimsRope = (4, 6, 6),
    };

    public static LTXVideoTransformer3DModelConfig LTX { get; } = new()
    {
        InChannels = 4,
        OutChannels = 4,
        NumAttentionHeads = 2,
        AttentionHeadDim = 8,
        CrossAttentionDim = 16,
        NumLayers = 2,
        CaptionChannels = 12,
    };

    public static MochiTransformer3DModelConfig Mochi { get; } = new()
    {
        NumAttentionHeads = 2,
        AttentionHeadDim = 8,
        NumLayers = 3,
        PooledProjectionDim = 12,
        InChannels = 4,
        TextEmbedDim = 16,
        TimeEmbedDim = 8,
        MaxSequenceLength = 5,
    };

    public static HunyuanVideoTransformer3DModelConfig Hunyuan { get; } = new()
    {
        InChannels = 4,
        OutChannels = 4,
        NumAttentionHeads = 2,
        AttentionHeadDim = 16,
        NumLayers = 1,
        NumSingleLayers = 2,
        NumRefinerLayers = 1,
        MlpRatio = 2.5,
        TextEmbedDim = 12,
        PooledProjectionDim = 10,
        RopeAxesDim = (4, 6, 6),
    };

    public static AllegroTransformer3DModelConfig Allegro { get; } = new()
    {
        NumAttentionHeads = 2,
        AttentionHeadDim = 12,
        NumLayers = 2,
        CrossAttentionDim = 24,
        SampleHeight = 8,
        SampleWidth = 12,
        SampleFrames = 3,
        CaptionChannels = 12,
    };

    /// <summary>A model with the weights and inputs of a seed.</summary>
    public static TinyTransformer Create(string name, ScalarType dtype = ScalarType.Float32)
    {
        random.manual_seed(5);
        return name switch
        {
            "latte" => OfLatte(LatteTransformer3DModel.FromConfig(Latte, dtype: dtype), dtype),
            "wan" => OfWan(WanTransformer3DModel.FromConfig(Wan, dtype: dtype), dtype),
            "wan without norm" => OfWan(WanTransformer3DModel.FromConfig(Wan with { CrossAttnNorm = false }, dtype: dtype), dtype),
            "wan of an image" => OfWan(WanTransformer3DModel.FromConfig(Wan with { ImageDim = 6, AddedKvProjDim = 28 }, dtype: dtype), dtype),
            "wan of two pictures" => OfWan(WanTransformer3DModel.FromConfig(Wan with { ImageDim = 6, PosEmbedSeqLen = 6 }, dtype: dtype), dtype),
            "wan of tokens" => OfWan(WanTransformer3DModel.FromConfig(Wan, dtype: dtype), dtype, OfTokens(900, 300)),
            "flux" => OfFlux(FluxTransformer2DModel.FromConfig(Flux, dtype: dtype), dtype),
            "flux without guidance" => OfFlux(FluxTransformer2DModel.FromConfig(Flux with { GuidanceEmbeds = false }, dtype: dtype), dtype),
            "ltx" => OfLTX(LTXVideoTransformer3DModel.FromConfig(LTX, dtype: dtype), dtype),
            "ltx with norms" => OfLTX(LTXVideoTransformer3DModel.FromConfig(LTX with { NormElementwiseAffine = true }, dtype: dtype), dtype),
            "mochi" => OfMochi(MochiTransformer3DModel.FromConfig(Mochi, dtype: dtype), dtype),
            "hunyuan" => OfHunyuan(HunyuanVideoTransformer3DModel.FromConfig(Hunyuan, dtype: dtype), dtype),
            "hunyuan of an image" => OfHunyuan(
                HunyuanVideoTransformer3DModel.FromConfig(Hunyuan with { ImageConditionType = "token_replace", GuidanceEmbeds = false, QkNorm = null }, dtype: dtype), dtype),
            "allegro" => OfAllegro(AllegroTransformer3DModel.FromConfig(Allegro, dtype: dtype), dtype),
            "allegro of affine norms" => OfAllegro(AllegroTransformer3DModel.FromConfig(Allegro with { NormElementwiseAffine = true, ActivationFn = "geglu" }, dtype: dtype), dtype),
            _ => throw new ArgumentException(name, nameof(name)),
        };
    }

    private static TinyTransformer OfHunyuan(HunyuanVideoTransformer3DModel model, ScalarType dtype)
    {
        Tensor[] inputs =
        [
            randn([2, 4, 3, 8, 12], dtype), randn([2, 5, 12], dtype), tensor(new[] { 900f, 300f }), randn([2, 10], dtype),
            tensor(new[,] { { 1f, 1f, 1f, 1f, 1f }, { 1f, 1f, 1f, 0f, 0f } }),
        ];
        var guidance = model.Config.GuidanceEmbeds ? tensor(new[] { 6000f }) : null;
        return new(model, model, [.. inputs, .. guidance is null ? (Tensor[])[] : [guidance]], rows =>
            model.call(rows[0], rows[2], rows[1], rows[4], rows[3], guidance));
    }

    private static TinyTransformer OfAllegro(AllegroTransformer3DModel model, ScalarType dtype)
    {
        Tensor[] inputs =
        [
            randn([2, 4, 3, 8, 12], dtype), randn([2, 5, 12], dtype), tensor(new long[] { 900, 300 }),
            tensor(new[,] { { 1f, 1f, 1f, 1f, 1f }, { 1f, 1f, 1f, 0f, 0f } }),
        ];
        var rotary = model.PrepareRotaryPositionalEmbeddings(64, 96, 3);
        return new(model, model, [.. inputs, rotary.Cos, rotary.Sin], rows => model.call(rows[0], rows[1], rows[2], null, rows[3], rotary));
    }

    private static TinyTransformer OfLatte(LatteTransformer3DModel model, ScalarType dtype)
    {
        Tensor[] inputs = [randn([2, 4, 3, 8, 8], dtype), randn([2, 5, 12], dtype), tensor(new long[] { 900, 300 })];
        return new(model, model, inputs, rows => model.call(rows[0], rows[2], rows[1], null, true));
    }

    private static TinyTransformer OfWan(WanTransformer3DModel model, ScalarType dtype, Tensor? timesteps = null)
    {
        // What is before 512 tokens is an image's.
        var text = model.Config.AddedKvProjDim is null ? 5 : 512;
        Tensor[] inputs = [randn([2, 4, 3, 8, 12], dtype), randn([2, text, 12], dtype), timesteps ?? tensor(new long[] { 900, 300 })];
        if (model.Config.ImageDim is not { } width)
            return new(model, model, inputs, rows => model.call(rows[0], rows[2], rows[1]));
        return new(model, model, [.. inputs, randn([2, 6, width], dtype)], rows =>
        {
            using var image = rows[3].reshape(-1, model.Config.PosEmbedSeqLen / 2 ?? 6, width);
            return model.call(rows[0], rows[2], rows[1], image);
        });
    }

    /// <summary>One for every token of each sample, of which the first frame's are 0.</summary>
    private static Tensor OfTokens(params float[] timesteps) =>
        tensor([.. timesteps.SelectMany(timestep => Enumerable.Range(0, 72).Select(token => token < 24 ? 0 : timestep))], [timesteps.Length, 72]);

    private static TinyTransformer OfFlux(FluxTransformer2DModel model, ScalarType dtype)
    {
        Tensor[] inputs = [randn([2, 12, 8], dtype), randn([2, 5, 12], dtype), tensor(new[] { 0.9f, 0.3f }), randn([2, 10], dtype)];
        var ids = FluxPositionIds.Prepare(5, 3, 4);
        var guidance = model.Config.GuidanceEmbeds ? tensor(new[] { 3.5f }) : null;
        return new(model, model, [.. inputs, ids.Text, ids.Image, .. guidance is null ? (Tensor[])[] : [guidance]], rows =>
            model.call(rows[0], rows[1], rows[3], rows[2], guidance, ids));
    }

    private static TinyTransformer OfLTX(LTXVideoTransformer3DModel model, ScalarType dtype)
    {
        Tensor[] inputs = [randn([2, 24, 4], dtype), randn([2, 5, 12], dtype), tensor(new[] { 900f, 300f }), Mask()];
        var grid = new LTXVideoGrid(2, 3, 4, (0.32, 32, 32));
        return new(model, model, inputs, rows => model.call(rows[0], rows[1], rows[2], rows[3], grid, null));
    }

    private static TinyTransformer OfMochi(MochiTransformer3DModel model, ScalarType dtype)
    {
        // The frequencies begin as zeros.
        nn.init.normal_(model.get_parameter("pos_frequencies")!, 0, 0.1);
        Tensor[] inputs = [randn([2, 4, 3, 8, 12], dtype), randn([2, 5, 16], dtype), tensor(new[] { 100f, 700f }), Mask()];
        return new(model, model, inputs, rows => model.call(rows[0], rows[1], rows[2], rows[3]));
    }

    /// <summary>One token less of the first prompt, and a hole in the second.</summary>
    private static Tensor Mask() => tensor(new[,] { { true, true, true, true, false }, { true, false, true, true, true } });
}

/// <summary>A small model and what to call it with.</summary>
/// <param name="Module">The model.</param>
/// <param name="Cache">Its cache.</param>
/// <param name="Inputs">Latents, prompts, timesteps, then what else the call has.</param>
/// <param name="Call">Calls the model with such inputs.</param>
internal sealed record TinyTransformer(nn.Module Module, ICacheableModel Cache, Tensor[] Inputs, Func<Tensor[], Tensor> Call) : IDisposable
{
    public Tensor Forward() => Call(Inputs);

    /// <summary>Calls with one of the two samples.</summary>
    public Tensor ForwardOf(int sample) => Call([.. Inputs.Select(input => input.size(0) == 2 ? input.narrow(0, sample, 1) : input)]);

    public void Dispose()
    {
        foreach (var input in Inputs)
            input.Dispose();
        Module.Dispose();
    }
}

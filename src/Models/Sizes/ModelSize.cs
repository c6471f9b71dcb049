using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// The least that a model's config asks for, by arithmetic: the weights of its large layers, and the objects that its layers are. In numbers
/// beyond all whole ones, for any config can be read.
/// </summary>
/// <param name="Settings">The settings that make it large, as they are spelled in the file, with their values.</param>
/// <param name="Width">The width of the tokens.</param>
/// <param name="Layers">How many blocks there are.</param>
/// <param name="Weights">How many weights.</param>
/// <param name="Positions">How many numbers of 8 bytes the table of positions has that is computed with the model.</param>
internal readonly partial record struct ModelSize(string Settings, double Width, double Layers, double Weights, double Positions = 0)
{
    // Of modules, parameters and their handles; measured, 80 to 130 KiB.
    private const double ObjectBytesPerLayer = 64 << 10;

    private const string Remedy = "check the config, or take a smaller type";

    public static ModelSize Of(CogVideoXTransformer3DModelConfig config)
    {
        var (width, layers, time) = (config.InnerDim, config.NumLayers, (double)config.TimeEmbedDim);
        return new(
            $"num_layers {layers}, {Heads(config.NumAttentionHeads, config.AttentionHeadDim)}, time_embed_dim {time}, text_embed_dim {config.TextEmbedDim}",
            width,
            layers,
            // A block: attention 4, feed-forward 8, two norms of 6 × time.
            layers * (12.0 * width * width + 12 * width * time) + (double)width * config.TextEmbedDim + 3 * width * time,
            (double)CogVideoXPositionTable.LatentFrames(config) * (config.SampleHeight / config.PatchSize) * (config.SampleWidth / config.PatchSize)
            * (config.UseRotaryPositionalEmbeddings ? config.AttentionHeadDim : width));
    }

    public static ModelSize Of(FluxTransformer2DModelConfig config)
    {
        double width = config.InnerDim;
        return new(
            $"num_layers {config.NumLayers}, num_single_layers {config.NumSingleLayers}, {Heads(config.NumAttentionHeads, config.AttentionHeadDim)}, joint_attention_dim {config.JointAttentionDim}",
            width,
            (double)config.NumLayers + config.NumSingleLayers,
            // A double block: of each stream 4 of attention, 8 of feed-forward and 6 of a norm; a single one: 3, 4, 5 and 3.
            width * width * (36.0 * config.NumLayers + 15.0 * config.NumSingleLayers) + width * config.JointAttentionDim);
    }

    public static ModelSize Of(HunyuanVideoTransformer3DModelConfig config)
    {
        double width = config.InnerDim, mlp = config.MlpRatio;
        return new(
            $"num_layers {config.NumLayers}, num_single_layers {config.NumSingleLayers}, num_refiner_layers {config.NumRefinerLayers}, {Heads(config.NumAttentionHeads, config.AttentionHeadDim)}, mlp_ratio {mlp}, text_embed_dim {config.TextEmbedDim}",
            width * Math.Max(1, mlp),
            (double)config.NumLayers + config.NumSingleLayers + config.NumRefinerLayers,
            // A double block: of each stream 4 of attention, 2 of feed-forward and 6 of a norm; a single one: 3, 1 and 1 more, and 3; one of the refiner: 4, 8 and 2.
            width * width * ((20 + 4 * mlp) * config.NumLayers + (7 + 2 * mlp) * config.NumSingleLayers + 14.0 * config.NumRefinerLayers) + 2 * width * config.TextEmbedDim);
    }

    public static ModelSize Of(AllegroTransformer3DModelConfig config)
    {
        double width = config.InnerDim;
        return new(
            $"num_layers {config.NumLayers}, {Heads(config.NumAttentionHeads, config.AttentionHeadDim)}, caption_channels {config.CaptionChannels}",
            width,
            config.NumLayers,
            // Two attentions and a feed-forward.
            width * width * 16.0 * config.NumLayers + width * config.CaptionChannels);
    }

    public static ModelSize Of(LatteTransformer3DModelConfig config)
    {
        double width = config.InnerDim;
        return new(
            $"num_layers {config.NumLayers}, {Heads(config.NumAttentionHeads, config.AttentionHeadDim)}, caption_channels {config.CaptionChannels}",
            width,
            2.0 * config.NumLayers,
            // A spatial block: two attentions and a feed-forward; a temporal one: one of each.
            width * width * 28.0 * config.NumLayers + width * config.CaptionChannels);
    }

    public static ModelSize Of(LTXVideoTransformer3DModelConfig config)
    {
        double width = config.InnerDim;
        return new(
            $"num_layers {config.NumLayers}, {Heads(config.NumAttentionHeads, config.AttentionHeadDim)}, caption_channels {config.CaptionChannels}",
            width,
            config.NumLayers,
            // A block: two attentions and a feed-forward.
            width * width * 16.0 * config.NumLayers + 8 * width * width + width * config.CaptionChannels);
    }

    public static ModelSize Of(MochiTransformer3DModelConfig config)
    {
        double width = config.InnerDim, prompt = config.PooledProjectionDim, text = config.TextEmbedDim;
        return new(
            $"num_layers {config.NumLayers}, {Heads(config.NumAttentionHeads, config.AttentionHeadDim)}, pooled_projection_dim {prompt}, text_embed_dim {text}",
            Math.Max(width, Math.Max(prompt, text)),
            config.NumLayers,
            // A block: of the latents 4 of attention, 8 of feed-forward and 4 of a norm, of the prompt as much but for the last one.
            config.NumLayers * (16 * width * width + 4 * width * prompt) + Math.Max(config.NumLayers - 1, 0) * (4 * width * prompt + 8 * prompt * prompt)
            + 3 * text * text + text * (width + prompt) + 3 * width * width);
    }

    public static ModelSize Of(WanTransformer3DModelConfig config)
    {
        double width = config.InnerDim, image = config.ImageDim ?? 0, positions = config.PosEmbedSeqLen ?? 0;
        return new(
            $"num_layers {config.NumLayers}, {Heads(config.NumAttentionHeads, config.AttentionHeadDim)}, ffn_dim {config.FfnDim}, text_dim {config.TextDim}"
            + (image == 0 ? "" : $", image_dim {image}, pos_embed_seq_len {positions}"),
            Math.Max(width, image),
            config.NumLayers,
            // An image has two more projections in every block.
            config.NumLayers * ((config.AddedKvProjDim is null ? 8 : 10) * width * width + 2 * width * config.FfnDim) + 6 * width * width + width * config.TextDim
            + image * (image + width + positions));
    }

    public static ModelSize Of(T5EncoderModelConfig config)
    {
        double width = config.DModel, inner = config.InnerDim;
        return new(
            $"num_layers {config.NumLayers}, d_model {config.DModel}, num_heads {config.NumHeads}, d_kv {config.DKv}, d_ff {config.DFf}, vocab_size {config.VocabSize}",
            Math.Max(width, inner),
            config.NumLayers,
            config.NumLayers * (4 * width * inner + (config.IsGated ? 3 : 2) * width * config.DFf) + width * config.VocabSize);
    }

    public static ModelSize Of(CLIPTextModelConfig config)
    {
        var rows = (double)config.VocabSize + config.MaxPositionEmbeddings;
        return OfCLIP(config, rows, config.HiddenSize, $"vocab_size {config.VocabSize}, max_position_embeddings {config.MaxPositionEmbeddings}");
    }

    public static ModelSize Of(CLIPVisionConfig config)
    {
        var patch = (double)config.NumChannels * config.PatchSize * config.PatchSize;
        return OfCLIP(
            config, patch + config.Tokens, Math.Max(patch, config.Tokens), $"num_channels {config.NumChannels}, image_size {config.ImageSize}, patch_size {config.PatchSize}");
    }

    public static ModelSize Of(AutoencoderKLCogVideoXConfig config)
    {
        double layers = 2.0 * config.LayersPerBlock + 1;
        return new(
            $"layers_per_block {config.LayersPerBlock}, block_out_channels {string.Join(", ", config.BlockOutChannels)}",
            config.BlockOutChannels.Max(),
            layers * config.BlockOutChannels.Count,
            // Encoder and decoder: two convolutions of 3 × 3 × 3 in every residual block.
            layers * config.BlockOutChannels.Sum(channels => 2 * 27.0 * channels * channels));
    }

    public static ModelSize Of(AutoencoderKLConfig config) => OfResidualSizes(config.LayersPerBlock, config.BlockOutChannels, 9);

    public static ModelSize Of(AutoencoderKLAllegroConfig config)
    {
        static double Changed(IEnumerable<bool> changes, IEnumerable<int> channels) =>
            changes.Zip(channels).Sum(size => size.First ? (double)size.Second * size.Second : 0);

        // A residual block has two convolutions of 3 × 3 and four of 3 over frames; a change of frames one of 18 and three of 27.
        var size = OfResidualSizes(config.LayersPerBlock, config.BlockOutChannels, 9 + 6);
        var changed = Changed(config.TemporalDownsampleBlocks, config.BlockOutChannels) + Changed(config.TemporalUpsampleBlocks, config.BlockOutChannels.Reverse());
        return size with { Weights = size.Weights + 99 * changed };
    }

    public static ModelSize Of(AutoencoderKLWanConfig config)
    {
        var (encoder, decoder, layers) = (config.EncoderWidths, config.DecoderWidths, (double)config.NumResBlocks);
        return new(
            $"num_res_blocks {config.NumResBlocks}, base_dim {config.BaseDim}, decoder_base_dim {config.DecoderBaseDim ?? config.BaseDim}, dim_mult {string.Join(", ", config.DimMult)}",
            Math.Max(encoder.Max(), decoder.Max()),
            (2 * layers + 1) * config.DimMult.Count,
            27 * (Convolutions(encoder.Skip(1), encoder[^1], layers) + Convolutions(decoder.Skip(1), decoder[0], layers + 1)));
    }

    private static ModelSize OfCLIP(CLIPEncoderConfig config, double embeddings, double widest, string settings)
    {
        double width = config.HiddenSize;
        return new(
            $"num_hidden_layers {config.NumHiddenLayers}, hidden_size {width}, intermediate_size {config.IntermediateSize}, {settings}",
            Math.Max(width, widest),
            config.NumHiddenLayers,
            config.NumHiddenLayers * (4 * width * width + 2 * width * config.IntermediateSize) + width * embeddings);
    }

    private static ModelSize OfResidualSizes(int layersPerBlock, IReadOnlyList<int> channels, double perPair)
    {
        double layers = layersPerBlock;
        var widths = channels.Select(each => (long)each).ToList();
        return new(
            $"layers_per_block {layersPerBlock}, block_out_channels {string.Join(", ", channels)}",
            widths.Max(),
            (2 * layers + 1) * widths.Count,
            perPair * (Convolutions(widths, widths[^1], layers) + Convolutions(widths, widths[^1], layers + 1)));
    }

    /// <summary>
    /// The pairs of channels that residual blocks connect, two of which are at the smallest size besides. The first convolution of a size may have
    /// fewer inputs than outputs, and is left out.
    /// </summary>
    private static double Convolutions(IEnumerable<long> widths, long smallest, double layers) =>
        widths.Sum(width => (2 * layers - 1) * width * width) + 4.0 * smallest * smallest;

    /// <summary>Refuses what cannot be built, before the first layer is.</summary>
    /// <param name="device">Where to; weights on the meta device take no memory, and that of others is not known.</param>
    /// <param name="dtype">The type of the weights, or null for torch's default.</param>
    /// <param name="available">What memory there is, if not the machine's.</param>
    /// <exception cref="ArgumentException">The tokens are wider than a tensor can be.</exception>
    /// <exception cref="InsufficientMemoryException">It does not fit into memory.</exception>
    public void Check(Device? device, ScalarType? dtype, double? available = null)
    {
        if (Width > int.MaxValue)
            throw new ArgumentException($"expected tokens of a width of at most {int.MaxValue}, found {Settings}");
        MemoryEstimate.Require(Settings, Layers * ObjectBytesPerLayer + Width * sizeof(float) + Positions * sizeof(double), "the layers and positions", Remedy, available);
        if ((device?.type ?? DeviceType.CPU) == DeviceType.CPU)
            MemoryEstimate.Require(Settings, Weights * BytesOf(dtype ?? get_default_dtype()), "the weights", Remedy, available);
    }

    /// <summary>The bytes of a number of some type.</summary>
    public static int BytesOf(ScalarType type) => type switch
    {
        ScalarType.Float64 => 8,
        ScalarType.Float32 => 4,
        _ => 2,
    };

    private static string Heads(int heads, int width) => $"num_attention_heads {heads}, attention_head_dim {width}";
}

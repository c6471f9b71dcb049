namespace Afterimage.Models;

/// <summary>What a config says of each block of the encoder and the decoder, in the order they run.</summary>
internal static class LTXVideoStages
{
    /// <summary>A block of the encoder.</summary>
    /// <param name="Inputs">Its channels.</param>
    /// <param name="Outputs">Those that it hands on.</param>
    /// <param name="Layers">Its residual blocks.</param>
    /// <param name="Folds">Whether it is of the kind of 0.9.5.</param>
    /// <param name="Downsampling">How it makes the video smaller, or null where it does not.</param>
    internal readonly record struct Down(int Inputs, int Outputs, int Layers, bool Folds, string? Downsampling)
    {
        /// <summary>By what it divides frames, rows and columns.</summary>
        public (int Frames, int Rows, int Columns) Stride => Downsampling switch
        {
            null => (1, 1, 1),
            "spatial" => (1, 2, 2),
            "temporal" => (2, 1, 1),
            _ => (2, 2, 2),
        };
    }

    /// <summary>A block of the decoder.</summary>
    /// <param name="Inputs">The channels that reach it.</param>
    /// <param name="Outputs">Those of its residual blocks.</param>
    /// <param name="Layers">Its residual blocks.</param>
    /// <param name="Enlarges">Whether it makes the video larger.</param>
    /// <param name="Factor">By what it then divides channels.</param>
    /// <param name="IsResidual">Whether it adds its enlarged input.</param>
    /// <param name="InjectsNoise">Whether it adds noise.</param>
    internal readonly record struct Up(int Inputs, int Outputs, int Layers, bool Enlarges, int Factor, bool IsResidual, bool InjectsNoise);

    /// <summary>The blocks of the encoder.</summary>
    public static IEnumerable<Down> Downs(AutoencoderKLLTXVideoConfig config)
    {
        var widths = config.BlockOutChannels;
        for (var i = 0; i < DownCount(config); i++)
        {
            var folds = config.DownBlockTypes[i] == AutoencoderKLLTXVideoConfig.FoldingDownBlock;
            yield return new(
                widths[i], widths[Math.Min(i + 1, widths.Count - 1)], config.LayersPerBlock[i], folds,
                config.SpatioTemporalScaling[i] ? folds ? config.DownsampleType[i] : "conv" : null);
        }
    }

    /// <summary>The blocks of the decoder.</summary>
    public static IEnumerable<Up> Ups(AutoencoderKLLTXVideoConfig config)
    {
        var inputs = config.DecoderBlockOutChannels[^1];
        for (var i = 1; i <= config.DecoderBlockOutChannels.Count; i++)
        {
            var factor = config.UpsampleFactor[^i];
            var outputs = config.DecoderBlockOutChannels[^i] / factor;
            yield return new(
                inputs, outputs, config.DecoderLayersPerBlock[^(i + 1)], config.DecoderSpatioTemporalScaling[^i], factor, config.UpsampleResidual[^i],
                config.DecoderInjectNoise[^(i + 1)]);
            inputs = outputs;
        }
    }

    /// <summary>Pixels per latent, and frames per latent frame.</summary>
    public static (double Pixels, double Frames) Compression(AutoencoderKLLTXVideoConfig config) => Downs(config).Aggregate(
        (Pixels: (double)config.PatchSize, Frames: 1.0), (sizes, down) => (sizes.Pixels * down.Stride.Rows, sizes.Frames * down.Stride.Frames));

    /// <summary>Throws where blocks cannot be built, or do not go together.</summary>
    public static void Check(AutoencoderKLLTXVideoConfig config)
    {
        CheckChannels(config.BlockOutChannels, "block_out_channels");
        CheckChannels(config.DecoderBlockOutChannels, "decoder_block_out_channels");
        CheckEncoder(config);
        CheckDecoder(config);
        var (pixels, frames) = Compression(config);
        CheckCompression(pixels, config.SpatialCompressionRatio, "spatial_compression_ratio");
        CheckCompression(frames, config.TemporalCompressionRatio, "temporal_compression_ratio");
        var enlarged = Math.Pow(2, Ups(config).Count(up => up.Enlarges));
        if (enlarged != frames || enlarged * config.PatchSize != pixels)
            throw new ArgumentException(
                $"expected a decoder that makes a video as large as it was, {pixels} times in height and width and {frames} times in frames; decoder_spatio_temporal_scaling makes it {enlarged * config.PatchSize} and {enlarged} times as large");
    }

    private static int DownCount(AutoencoderKLLTXVideoConfig config) =>
        config.BlockOutChannels.Count - (config.DownBlockTypes[^1] == AutoencoderKLLTXVideoConfig.FoldingDownBlock ? 1 : 0);

    private static void CheckEncoder(AutoencoderKLLTXVideoConfig config)
    {
        CheckCount(config.DownBlockTypes.Count, 1, "down_block_types");
        if (config.DownBlockTypes.FirstOrDefault(type => type is not (AutoencoderKLLTXVideoConfig.DownBlock or AutoencoderKLLTXVideoConfig.FoldingDownBlock)) is { } unknown)
            throw new ArgumentException(
                $"expected {AutoencoderKLLTXVideoConfig.DownBlock} or {AutoencoderKLLTXVideoConfig.FoldingDownBlock} in down_block_types, found {unknown}");
        var count = DownCount(config);
        CheckCount(config.DownBlockTypes.Count, count, "down_block_types");
        CheckCount(config.SpatioTemporalScaling.Count, count, "spatio_temporal_scaling");
        CheckLayers(config.LayersPerBlock, count + 1, "layers_per_block");
        if (config.DownBlockTypes.Contains(AutoencoderKLLTXVideoConfig.FoldingDownBlock))
            CheckCount(config.DownsampleType.Count, count, "downsample_type");
        foreach (var down in Downs(config))
        {
            if (down.Downsampling is not (null or "conv" or "spatial" or "temporal" or "spatiotemporal"))
                throw new ArgumentException($"expected conv, spatial, temporal or spatiotemporal in downsample_type, found {down.Downsampling}");
            var folded = down.Stride.Frames * down.Stride.Rows * down.Stride.Columns;
            var fits = !down.Folds || (down.Downsampling is null or "conv"
                ? down.Inputs == down.Outputs
                : down.Outputs % folded == 0 && (long)down.Inputs * folded % down.Outputs == 0);
            if (!fits)
                throw new ArgumentException(
                    $"block_out_channels: {down.Inputs} channels cannot become {down.Outputs} in a {AutoencoderKLLTXVideoConfig.FoldingDownBlock} of {down.Downsampling ?? "no scaling"}");
        }
    }

    private static void CheckDecoder(AutoencoderKLLTXVideoConfig config)
    {
        var count = config.DecoderBlockOutChannels.Count;
        CheckCount(config.DecoderSpatioTemporalScaling.Count, count, "decoder_spatio_temporal_scaling");
        CheckCount(config.UpsampleResidual.Count, count, "upsample_residual");
        CheckCount(config.UpsampleFactor.Count, count, "upsample_factor");
        CheckCount(config.DecoderInjectNoise.Count, count + 1, "decoder_inject_noise");
        CheckLayers(config.DecoderLayersPerBlock, count + 1, "decoder_layers_per_block");
        foreach (var factor in config.UpsampleFactor)
            ConfigCheck.Positive(factor, "upsample_factor");
        foreach (var up in Ups(config))
        {
            var change = $"decoder_block_out_channels: a block of {up.Inputs} channels with {up.Outputs} after it";
            if (up.Outputs == 0 || (up.Factor != 1 && (!up.Enlarges || up.Inputs != (long)up.Outputs * up.Factor)))
                throw new ArgumentException($"{change} does not go together with its upsample_factor {up.Factor}");
            if (up.Factor == 1 && up.Inputs != up.Outputs && (up.InjectsNoise || config.TimestepConditioning))
                throw new ArgumentException($"{change} cannot inject noise or be conditioned on a timestep; diffusers' cannot either");
            if (up.IsResidual && up.Enlarges && (8 % up.Factor != 0 || (long)up.Outputs * up.Factor % 8 != 0))
                throw new ArgumentException($"{change} does not go together with upsample_residual, which asks for channels in multiples of 8");
        }
    }

    private static void CheckChannels(IReadOnlyList<int> channels, string name)
    {
        CheckCount(channels.Count, 1, name);
        foreach (var width in channels)
            ConfigCheck.Positive(width, name);
    }

    private static void CheckLayers(IReadOnlyList<int> layers, int least, string name)
    {
        CheckCount(layers.Count, least, name);
        foreach (var count in layers)
            ConfigCheck.NotNegative(count, name);
    }

    private static void CheckCount(int count, int least, string name)
    {
        if (count < least)
            throw new ArgumentException($"expected {least} entries or more in {name}, found {count}");
    }

    private static void CheckCompression(double made, int? said, string name)
    {
        if (made > int.MaxValue || (said is { } ratio && ratio != made))
            throw new ArgumentException($"expected a {name} of {made}, which is what the encoder's blocks make it, found {said?.ToString() ?? "null"}");
    }
}

namespace Afterimage.Models;

internal readonly partial record struct ModelSize
{
    public static ModelSize Of(AutoencoderKLLTXVideoConfig config)
    {
        double patch = config.PatchSize, patches = patch * patch;
        double first = config.BlockOutChannels[0], inner = config.DecoderBlockOutChannels[^1];
        var (weights, layers, last) = (Cube(config.InChannels * patches, first), 0.0, first);
        foreach (var stage in LTXVideoStages.Downs(config))
        {
            double folded = stage.Stride.Frames * stage.Stride.Rows * stage.Stride.Columns;
            weights += stage.Layers * 2 * Cube(stage.Inputs, stage.Inputs)
                + (stage.Downsampling is null ? 0 : stage.Downsampling == "conv" ? Cube(stage.Inputs, stage.Inputs) : Cube(stage.Inputs, stage.Outputs / folded))
                + (stage.Folds || stage.Inputs == stage.Outputs ? 0 : Cube(stage.Inputs, stage.Outputs) + Cube(stage.Outputs, stage.Outputs));
            (layers, last) = (layers + stage.Layers, stage.Outputs);
        }
        weights += config.LayersPerBlock[^1] * 2 * Cube(last, last) + Cube(last, config.LatentChannels) + Cube(config.LatentChannels, inner)
            + config.DecoderLayersPerBlock[^1] * 2 * Cube(inner, inner);
        layers += (double)config.LayersPerBlock[^1] + config.DecoderLayersPerBlock[^1];
        foreach (var stage in LTXVideoStages.Ups(config))
        {
            weights += stage.Layers * 2 * Cube(stage.Outputs, stage.Outputs) + (stage.Enlarges ? Cube((double)stage.Outputs * stage.Factor, stage.Outputs * 8.0) : 0);
            (layers, last) = (layers + stage.Layers, stage.Outputs);
        }
        return new(
            $"layers_per_block {List(config.LayersPerBlock)}, decoder_layers_per_block {List(config.DecoderLayersPerBlock)}, "
                + $"block_out_channels {List(config.BlockOutChannels)}, decoder_block_out_channels {List(config.DecoderBlockOutChannels)}, "
                + $"latent_channels {config.LatentChannels}, in_channels {config.InChannels}, out_channels {config.OutChannels}, patch_size {config.PatchSize}",
            Math.Max(
                Math.Max(config.BlockOutChannels.Max(), config.DecoderBlockOutChannels.Max() * 8.0),
                Math.Max(config.LatentChannels, Math.Max(config.InChannels, config.OutChannels) * patches)),
            layers,
            weights + Cube(last, config.OutChannels * patches));
    }

    public static ModelSize Of(AutoencoderKLHunyuanVideoConfig config)
    {
        double layers = 2.0 * config.LayersPerBlock + 1, latents = config.LatentChannels, last = config.BlockOutChannels[^1];
        var ends = Cube(config.InChannels + (double)config.OutChannels, config.BlockOutChannels[0]) + Cube(3 * latents, last) + 5 * latents * latents;
        return new(
            $"layers_per_block {config.LayersPerBlock}, block_out_channels {List(config.BlockOutChannels)}, latent_channels {config.LatentChannels}, "
                + $"in_channels {config.InChannels}, out_channels {config.OutChannels}",
            Math.Max(config.BlockOutChannels.Max(), 2 * latents),
            layers * config.BlockOutChannels.Count,
            // Two convolutions in every residual block of encoder and decoder, one of which begins with fewer channels at some sizes, and in the four of the middle.
            config.BlockOutChannels.Sum(channels => (layers - 1) * 2 * Cube(channels, channels)) + 8 * Cube(last, last) + ends);
    }

    public static ModelSize Of(AutoencoderKLMochiConfig config)
    {
        double Squared(int channels) => Cube(channels, channels);
        var (widths, layers) = (config.DecoderBlockOutChannels, config.LayersPerBlock);
        var weights = 2 * (layers[^1] * Squared(widths[^1]) + layers[0] * Squared(widths[0]));
        for (var i = 1; i < widths.Count; i++)
        {
            weights += layers[^(i + 1)] * 2 * Squared(widths[^i])
                + (double)widths[^i] * widths[^(i + 1)] * config.TemporalExpansions[^i] * config.SpatialExpansions[^i] * config.SpatialExpansions[^i];
        }
        return new(
            $"layers_per_block {List(layers)}, decoder_block_out_channels {List(widths)}, latent_channels {config.LatentChannels}, out_channels {config.OutChannels}",
            Math.Max(widths.Max(), config.LatentChannels),
            layers.Sum(count => (double)count),
            weights + (double)config.LatentChannels * widths[^1] + (double)config.OutChannels * widths[0]);
    }

    /// <summary>The weights of a convolution of 3 × 3 × 3.</summary>
    private static double Cube(double inputs, double outputs) => 27 * inputs * outputs;

    private static string List(IReadOnlyList<int> numbers) => string.Join(", ", numbers);
}

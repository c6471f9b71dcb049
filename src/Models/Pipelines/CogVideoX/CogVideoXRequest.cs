namespace Afterimage.Models;

/// <summary>Works out and checks the sizes of a generation with CogVideoX.</summary>
internal static class CogVideoXRequest
{
    /// <summary>Works the sizes out as diffusers does.</summary>
    /// <exception cref="ArgumentException">Something cannot be generated; the message says what was expected.</exception>
    /// <exception cref="InsufficientMemoryException">It cannot fit into memory.</exception>
    public static GenerationRequest Resolve(
        string? prompt, CogVideoXGenerationOptions options, CogVideoXTransformer3DModelConfig transformer, AutoencoderKLCogVideoXConfig vae,
        bool encodesText = true, bool isOnCpu = true)
    {
        var isGuided = options.GuidanceScale > 1;
        OptionChecks.Check(prompt, options, transformer.TextEmbedDim, encodesText, isGuided);
        var scale = vae.SpatialCompressionRatio;
        var height = OptionChecks.Pixels(options.Height ?? transformer.SampleHeight * scale, scale, transformer.PatchSize, nameof(options.Height));
        var width = OptionChecks.Pixels(options.Width ?? transformer.SampleWidth * scale, scale, transformer.PatchSize, nameof(options.Width));

        var asked = options.NumFrames ?? transformer.SampleFrames;
        var frames = (asked - 1) / (int)vae.TemporalCompressionRatio + 1;
        var patch = transformer.PatchSizeT ?? 1;
        var additional = (patch - frames % patch) % patch;
        var (rows, columns) = (height / scale, width / scale);
        var request = new GenerationRequest
        {
            Height = height,
            Width = width,
            Frames = asked,
            LeastFrames = (frames - 1) * (int)vae.TemporalCompressionRatio + 1,
            LatentShape = [options.Results, frames + additional, vae.LatentChannels, rows, columns],
            Grid = (frames + additional, rows, columns),
            AdditionalFrames = additional,
            Tokens = (double)(frames + additional) / patch * ((double)rows / transformer.PatchSize) * ((double)columns / transformer.PatchSize),
            TextLength = options.TextLength(transformer.MaxTextSeqLength),
            Layout = isGuided ? GuidanceLayout.Batched : GuidanceLayout.None,
        };
        CheckLearnedPositions(request, transformer);
        RunSize.Check(request, transformer.InnerDim, options.PromptEmbeds is null, isOnCpu);
        OptionChecks.CheckLatents(options, request);
        return request;
    }

    /// <summary>A learned position table is of one size, where computed positions are of any.</summary>
    private static void CheckLearnedPositions(GenerationRequest request, CogVideoXTransformer3DModelConfig transformer)
    {
        if (!transformer.UseLearnedPositionalEmbeddings)
            return;
        if (request.TextLength != transformer.MaxTextSeqLength)
        {
            throw new ArgumentException(
                $"the transformer's learned position table is for prompts of {transformer.MaxTextSeqLength} tokens, found {request.TextLength}; "
                + $"leave {nameof(CogVideoXGenerationOptions.MaxSequenceLength)} out, or give embeddings of {transformer.MaxTextSeqLength} tokens");
        }

        var (_, height, width) = request.Grid;
        if (height != transformer.SampleHeight || width != transformer.SampleWidth)
        {
            throw new ArgumentException(
                $"the transformer's learned position table is for latents of {transformer.SampleHeight} × {transformer.SampleWidth}, found {height} × {width}; "
                + $"leave {nameof(CogVideoXGenerationOptions.Height)} and {nameof(CogVideoXGenerationOptions.Width)} out");
        }
    }
}

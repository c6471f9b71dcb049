using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>A generation with every size worked out and checked.</summary>
internal sealed record CogVideoXRequest
{
    /// <summary>In pixels.</summary>
    public required int Height { get; init; }

    /// <summary>In pixels.</summary>
    public required int Width { get; init; }

    /// <summary>As many frames as come out at least: the autoencoder makes them in fours.</summary>
    public required int LeastFrames { get; init; }

    /// <summary>[batch, frames, channels, height, width], padding frames included.</summary>
    public required long[] LatentShape { get; init; }

    /// <summary>The latent frames in front that only fill up the last patch of CogVideoX 1.5.</summary>
    public required int AdditionalFrames { get; init; }

    /// <summary>The number of tokens of every prompt, padding included.</summary>
    public required int TextLength { get; init; }

    /// <summary>Whether the model sees [negative, prompt].</summary>
    public required bool IsGuided { get; init; }

    /// <summary>Works the sizes out as diffusers does.</summary>
    /// <exception cref="ArgumentException">Something cannot be generated; the message says what was expected.</exception>
    /// <exception cref="InsufficientMemoryException">It cannot fit into memory.</exception>
    public static CogVideoXRequest Resolve(
        string? prompt, CogVideoXGenerationOptions options, CogVideoXTransformer3DModelConfig transformer, AutoencoderKLCogVideoXConfig vae,
        bool isOnCpu = true)
    {
        CheckNumbers(options);
        CheckPrompts(prompt, options, transformer.TextEmbedDim);
        var scale = vae.SpatialCompressionRatio;
        var height = Pixels(options.Height ?? transformer.SampleHeight * scale, scale, transformer.PatchSize, nameof(options.Height));
        var width = Pixels(options.Width ?? transformer.SampleWidth * scale, scale, transformer.PatchSize, nameof(options.Width));

        var frames = ((options.NumFrames ?? transformer.SampleFrames) - 1) / (int)vae.TemporalCompressionRatio + 1;
        var patch = transformer.PatchSizeT ?? 1;
        var additional = (patch - frames % patch) % patch;
        var batch = (options.PromptEmbeds?.size(0) ?? 1) * options.NumVideosPerPrompt;
        var request = new CogVideoXRequest
        {
            Height = height,
            Width = width,
            LeastFrames = (frames - 1) * (int)vae.TemporalCompressionRatio + 1,
            LatentShape = [batch, frames + additional, transformer.InChannels, height / scale, width / scale],
            AdditionalFrames = additional,
            // A negative prompt beside given embeddings takes their length: other rows would not fit into one batch.
            TextLength = (int?)options.PromptEmbeds?.size(1) ?? options.MaxSequenceLength ?? transformer.MaxTextSeqLength,
            IsGuided = options.GuidanceScale > 1,
        };
        CheckLearnedPositions(request, transformer);
        RunSize.Check(request, options, transformer, isOnCpu);
        if (options.Latents is { } latents && !latents.shape.AsSpan().SequenceEqual(request.LatentShape))
            throw InputCheck.Bad($"latents [{string.Join(", ", request.LatentShape)}]", latents, nameof(options.Latents));
        return request;
    }

    /// <summary>The guidance scale at a timestep. Source: diffusers <c>pipelines/cogvideo/pipeline_cogvideox.py</c> (use_dynamic_cfg).</summary>
    public static double GuidanceScaleAt(CogVideoXGenerationOptions options, long timestep)
    {
        if (!options.UseDynamicCfg)
            return options.GuidanceScale;
        double steps = options.NumInferenceSteps;
        return 1 + options.GuidanceScale * (1 - Math.Cos(Math.PI * Math.Pow((steps - timestep) / steps, 5))) / 2;
    }

    private static void CheckNumbers(CogVideoXGenerationOptions options)
    {
        if (!double.IsFinite(options.GuidanceScale))
            throw new ArgumentOutOfRangeException(nameof(options), $"expected a finite {nameof(options.GuidanceScale)}, found {options.GuidanceScale}");
        Positive(options.NumInferenceSteps, nameof(options.NumInferenceSteps));
        Positive(options.NumFrames ?? 1, nameof(options.NumFrames));
        Positive(options.NumVideosPerPrompt, nameof(options.NumVideosPerPrompt));
        Positive(options.MaxSequenceLength ?? 1, nameof(options.MaxSequenceLength));
    }

    private static void CheckPrompts(string? prompt, CogVideoXGenerationOptions options, long dim)
    {
        if (prompt is null == options.PromptEmbeds is null)
        {
            throw new ArgumentException(
                $"expected either a prompt or {nameof(options.PromptEmbeds)}, found {(prompt is null ? "neither" : "both")}", nameof(prompt));
        }

        if (options.PromptEmbeds is { } embeds && (embeds.dim() != 3 || embeds.size(0) == 0 || embeds.size(1) == 0 || embeds.size(2) != dim))
            throw InputCheck.Bad($"[prompts, tokens, {dim}]", embeds, nameof(options.PromptEmbeds));
        if (options.NegativePromptEmbeds is not { } negative)
            return;
        if (options.PromptEmbeds is not { } positive || options.NegativePrompt is not null)
        {
            throw new ArgumentException(
                $"{nameof(options.NegativePromptEmbeds)} go with {nameof(options.PromptEmbeds)}, and take the place of {nameof(options.NegativePrompt)}",
                nameof(options));
        }

        if (!negative.shape.AsSpan().SequenceEqual(positive.shape))
            throw InputCheck.Bad($"the shape of {nameof(options.PromptEmbeds)} [{string.Join(", ", positive.shape)}]", negative, nameof(options.NegativePromptEmbeds));
    }

    /// <summary>A learned position table is of one size, where computed positions are of any.</summary>
    private static void CheckLearnedPositions(CogVideoXRequest request, CogVideoXTransformer3DModelConfig transformer)
    {
        if (!transformer.UseLearnedPositionalEmbeddings)
            return;
        if (request.TextLength != transformer.MaxTextSeqLength)
        {
            throw new ArgumentException(
                $"the transformer's learned position table is for prompts of {transformer.MaxTextSeqLength} tokens, found {request.TextLength}; "
                + $"leave {nameof(CogVideoXGenerationOptions.MaxSequenceLength)} out, or give embeddings of {transformer.MaxTextSeqLength} tokens");
        }

        var (height, width) = (request.LatentShape[3], request.LatentShape[4]);
        if (height != transformer.SampleHeight || width != transformer.SampleWidth)
        {
            throw new ArgumentException(
                $"the transformer's learned position table is for latents of {transformer.SampleHeight} × {transformer.SampleWidth}, found {height} × {width}; "
                + $"leave {nameof(CogVideoXGenerationOptions.Height)} and {nameof(CogVideoXGenerationOptions.Width)} out");
        }
    }

    private static int Pixels(int pixels, int scale, int patch, string name) => pixels > 0 && pixels % (scale * patch) == 0
        ? pixels
        : throw new ArgumentOutOfRangeException(
            name, pixels, $"expected {name} to be a multiple of {scale * patch}: the autoencoder makes {scale} pixels into one, and a patch is {patch} of those");

    private static void Positive(int value, string name)
    {
        if (value <= 0)
            throw new ArgumentOutOfRangeException(name, value, $"expected {name} to be 1 or more");
    }
}

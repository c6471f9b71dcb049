using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What all pipelines ask of options, before any work.</summary>
internal static class OptionChecks
{
    /// <summary>Refuses numbers that no pipeline can work with, and prompts that say nothing or two things.</summary>
    /// <param name="prompt">As for <see cref="DiffusionPipeline.Generate"/>.</param>
    /// <param name="options">The options.</param>
    /// <param name="textWidth">The width of a prompt's embedding.</param>
    /// <param name="encodesText">Whether the pipeline has a text encoder.</param>
    /// <param name="isGuided">Whether there is guidance, which wants something negative.</param>
    /// <exception cref="ArgumentException">The message says what was expected.</exception>
    public static void Check(string? prompt, GenerationOptions options, long textWidth, bool encodesText, bool isGuided)
    {
        if (!double.IsFinite(options.GuidanceScale))
            throw new ArgumentOutOfRangeException(nameof(options), $"expected a finite {nameof(options.GuidanceScale)}, found {options.GuidanceScale}");
        Positive(options.NumInferenceSteps, nameof(options.NumInferenceSteps));
        Positive(options.MaxSequenceLength ?? 1, nameof(options.MaxSequenceLength));
        if (options is VideoGenerationOptions video)
        {
            Positive(video.NumFrames ?? 1, nameof(video.NumFrames));
            Positive(video.NumVideosPerPrompt, nameof(video.NumVideosPerPrompt));
        }

        CheckPrompts(prompt, options, textWidth);
        if (!encodesText && options.PromptEmbeds is null)
            throw new ArgumentException($"this pipeline has no text encoder: give {nameof(options.PromptEmbeds)} instead of a prompt", nameof(prompt));
        if (!encodesText && isGuided && options.NegativePromptEmbeds is null)
            throw new ArgumentException($"this pipeline has no text encoder: give {nameof(options.NegativePromptEmbeds)} for guidance", nameof(options));
    }

    /// <summary>Refuses a size in pixels that is no whole number of patches.</summary>
    /// <param name="pixels">The size.</param>
    /// <param name="scale">How many pixels the autoencoder makes into one.</param>
    /// <param name="patch">How many of those are a patch.</param>
    /// <param name="name">Of the option.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is none.</exception>
    public static int Pixels(int pixels, int scale, int patch, string name) => pixels > 0 && pixels % (scale * patch) == 0
        ? pixels
        : throw new ArgumentOutOfRangeException(
            name, pixels, $"expected {name} to be a multiple of {scale * patch}: the autoencoder makes {scale} pixels into one, and a patch is {patch} of those");

    /// <summary>Refuses latents of another shape than a request's.</summary>
    /// <exception cref="ArgumentException">They are.</exception>
    public static void CheckLatents(GenerationOptions options, GenerationRequest request)
    {
        if (options.Latents is { } latents && !latents.shape.AsSpan().SequenceEqual(request.LatentShape))
            throw InputCheck.Bad($"latents [{string.Join(", ", request.LatentShape)}]", latents, nameof(options.Latents));
    }

    /// <summary>Refuses a number below 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is.</exception>
    public static void Positive(int value, string name)
    {
        if (value <= 0)
            throw new ArgumentOutOfRangeException(name, value, $"expected {name} to be 1 or more");
    }

    private static void CheckPrompts(string? prompt, GenerationOptions options, long width)
    {
        if (prompt is null == options.PromptEmbeds is null)
        {
            throw new ArgumentException(
                $"expected either a prompt or {nameof(options.PromptEmbeds)}, found {(prompt is null ? "neither" : "both")}", nameof(prompt));
        }

        if (options.PromptEmbeds is { } embeds && (embeds.dim() != 3 || embeds.size(0) == 0 || embeds.size(1) == 0 || embeds.size(2) != width))
            throw InputCheck.Bad($"[prompts, tokens, {width}]", embeds, nameof(options.PromptEmbeds));
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
}

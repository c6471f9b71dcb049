using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>The pictures that a generation with Wan begins and ends with. Source: diffusers <c>pipelines/wan/pipeline_wan_i2v.py</c> (prepare_latents).</summary>
internal static class WanPictures
{
    /// <summary>Refuses pictures and embeddings of them that the models do not take.</summary>
    /// <param name="options">The pictures.</param>
    /// <param name="request">The sizes.</param>
    /// <param name="transformer">What is given the embeddings.</param>
    /// <param name="firstOnly">Whether a picture is only ever the first frame.</param>
    /// <param name="encodesImages">Whether the pipeline makes embeddings of pictures.</param>
    /// <exception cref="ArgumentException">They do not; the message says what was expected.</exception>
    public static void Check(
        WanImageToVideoGenerationOptions options, GenerationRequest request, WanTransformer3DModelConfig transformer, bool firstOnly, bool encodesImages)
    {
        var prompts = request.Batch / options.NumVideosPerPrompt;
        PictureInput.Check(options.Image, prompts, nameof(options.Image));
        if (options.LastImage is { } last)
        {
            if (firstOnly)
                throw new ArgumentException($"this pipeline's model is given a first picture only: leave {nameof(options.LastImage)} out", nameof(options));
            if (request.LeastFrames == 1)
                throw new ArgumentException($"{nameof(options.NumFrames)} {request.Frames} is one frame, and {nameof(options.LastImage)} would be another", nameof(options));
            PictureInput.Check(last, prompts, nameof(options.LastImage));
            if (CountOf(last) != CountOf(options.Image!))
                throw InputCheck.Bad($"as many pictures as {nameof(options.Image)}, {CountOf(options.Image!)}", last, nameof(options.LastImage));
        }

        if (!firstOnly && (request.LeastFrames - 1) % AutoencoderKLWan.SampleFrames != 0)
        {
            throw new ArgumentException(
                $"{nameof(options.NumFrames)} {request.Frames}: expected one more than a multiple of {AutoencoderKLWan.SampleFrames}, which the autoencoder encodes at a time",
                nameof(options));
        }
        CheckEmbeds(options, prompts, transformer, encodesImages);
    }

    /// <summary>
    /// What the autoencoder encodes, in the current dispose scope: the first picture, then zeros, and the last picture where there is one, as many frames as
    /// are asked for; or the first picture alone.
    /// </summary>
    public static Tensor Video(WanImageToVideoGenerationOptions options, GenerationRequest request, bool firstOnly, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var first = Frame(options.Image!);
        if (firstOnly)
            return first.MoveToOuterDisposeScope();
        Tensor[] last = options.LastImage is { } image ? [Frame(image)] : [];
        var between = zeros([first.size(0), 3, request.LeastFrames - 1 - last.Length, request.Height, request.Width], dtype, device);
        return cat([first, between, .. last], 2).MoveToOuterDisposeScope();

        Tensor Frame(Tensor picture) => PictureInput.Prepare(picture, request.Height, request.Width, dtype, device).unsqueeze(2);
    }

    /// <summary>Which frames are given, for each of those that a latent frame stands for: [batch, ratio, frames, height, width], in the current dispose scope.</summary>
    /// <param name="latents">Those of the pictures. Their first frame stands for one, which is given, and counts as <paramref name="ratio"/>.</param>
    /// <param name="ratio">How many frames the others stand for.</param>
    /// <param name="hasLast">Whether the last frame is given.</param>
    public static Tensor Mask(Tensor latents, int ratio, bool hasLast)
    {
        using var scope = NewDisposeScope();
        var frames = latents.size(2);
        var given = new float[ratio * frames];
        for (var i = 0; i < ratio; i++)
            given[i * frames] = 1;
        if (hasLast)
            given[^1] = 1;
        return HostTraffic.Sent(given, latents.device).to(latents.dtype).view(1, ratio, frames, 1, 1)
            .expand(latents.size(0), -1, -1, latents.size(3), latents.size(4)).MoveToOuterDisposeScope();
    }

    /// <summary>How many pictures a transformer is given the embeddings of.</summary>
    public static int CountIn(WanTransformer3DModelConfig transformer) => transformer.PosEmbedSeqLen is null ? 1 : 2;

    private static void CheckEmbeds(WanImageToVideoGenerationOptions options, long prompts, WanTransformer3DModelConfig transformer, bool encodesImages)
    {
        var (name, last) = (nameof(options.ImageEmbeds), nameof(options.LastImage));
        var pictures = CountIn(transformer);
        if (options.ImageEmbeds is not { } embeds)
        {
            if (transformer.ImageDim is null)
                return;
            if (!encodesImages)
                throw new ArgumentException($"this pipeline has no image encoder, and its transformer takes an image's embeddings: give {name}", nameof(options));
            if (pictures == 2 && options.LastImage is null)
                throw new ArgumentException($"this pipeline's transformer is made for a first and a last picture (pos_embed_seq_len): give {last}", nameof(options));
            if (pictures == 1 && options.LastImage is not null)
                throw new ArgumentException($"this pipeline's transformer takes the embeddings of one picture (pos_embed_seq_len): leave {last} out", nameof(options));
            return;
        }

        if (transformer.ImageDim is not { } width)
            throw new ArgumentException($"this pipeline's transformer takes no embeddings of images (image_dim): leave {name} out", nameof(options));
        if (embeds.dim() != 3 || (embeds.size(0) != pictures && embeds.size(0) != pictures * prompts) || embeds.size(1) == 0 || embeds.size(2) != width
            || (transformer.PosEmbedSeqLen is { } positions && 2 * embeds.size(1) != positions))
        {
            var tokens = transformer.PosEmbedSeqLen is { } both ? $"{both / 2}" : "tokens";
            throw InputCheck.Bad($"[{pictures}, {tokens}, {width}]{(prompts == 1 ? "" : $" or [{pictures * prompts}, {tokens}, {width}]")}", embeds, name);
        }
    }

    private static long CountOf(Tensor picture) => picture.dim() == 4 ? picture.size(0) : 1;
}

using static TorchSharp.torch;

namespace Afterimage.Models;

public abstract partial class DiffusionPipeline<TSelf, TOptions>
{
    /// <summary>Encodes the texts of a generation that no embeddings are given for, tells how far it is, and keeps what was cut off.</summary>
    /// <param name="prompt">The prompt, if one is given.</param>
    /// <param name="negativePrompt">The negative prompt, if one is given.</param>
    /// <param name="options">The embeddings that are given.</param>
    /// <param name="context">The generation.</param>
    /// <param name="encoder">What <paramref name="encode"/> calls, where there is one.</param>
    /// <param name="encode">Gives [1, tokens, …] for a text, and adds what it cut off.</param>
    /// <returns>One row for every result, and with guidance as many negative ones; in the current dispose scope.</returns>
    private protected (Tensor Positive, Tensor? Negative) EncodePrompts(
        string? prompt, string? negativePrompt, TOptions options, GenerationContext context,
        nn.Module? encoder, Func<string, List<string>, Tensor> encode)
    {
        var truncated = new List<string>();
        var texts = new List<string>();
        if (options.PromptEmbeds is null)
            texts.Add(prompt!);
        if (context.Request.IsGuided && options.NegativePromptEmbeds is null)
            texts.Add(negativePrompt ?? "");

        var encoded = new List<Tensor>();
        context.Progress?.Report(new GenerationProgress(GenerationStage.Encoding, 0, texts.Count));
        foreach (var text in texts)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            Summon(encoder!);
            encoded.Add(encode(text, truncated));
            context.Progress?.Report(new GenerationProgress(GenerationStage.Encoding, encoded.Count, texts.Count));
        }
        TruncatedTexts = truncated;

        var positive = options.PromptEmbeds ?? encoded[0];
        if (!context.Request.IsGuided)
            return (PerResult(positive, options), null);
        var negative = options.NegativePromptEmbeds ?? encoded[^1].expand(positive.size(0), -1, -1);
        return (PerResult(positive, options).MovedTo(negative.dtype, negative.device), PerResult(negative, options));
    }

    /// <summary>One row for every result of each prompt, a tensor of its own.</summary>
    private protected static Tensor PerResult(Tensor rows, TOptions options) => rows.repeat_interleave(options.PerPrompt, dim: 0);

    /// <summary>One row for every result of rows of prompts, or of one row for all.</summary>
    private protected static Tensor ForEveryResult(Tensor rows, TOptions options) =>
        rows.size(0) == 1 ? rows.expand([options.Results, .. rows.shape[1..]]) : PerResult(rows, options);

    /// <summary>Both branches in one batch, the negative one first.</summary>
    private protected static Tensor Batched((Tensor Positive, Tensor? Negative) rows) => rows.Negative is null ? rows.Positive : cat([rows.Negative, rows.Positive]);

    /// <summary>Embeddings in the type and on the device of the transformer.</summary>
    /// <exception cref="NotFiniteNumberException">They are not finite.</exception>
    private protected static Tensor AsWeight(Tensor embeds, Placement place, string what = "The text embeddings")
    {
        FiniteCheck.Of(embeds, what);
        var rows = embeds.MovedTo(place.Dtype, place.Device).alias();
        FiniteCheck.Of(rows, what + ", in the type of the transformer,");
        return rows;
    }

    /// <summary>Of both branches.</summary>
    /// <inheritdoc cref="AsWeight(Tensor, Placement, string)" path="/exception"/>
    private protected static (Tensor Positive, Tensor? Negative) AsWeight((Tensor Positive, Tensor? Negative) rows, Placement place) =>
        (AsWeight(rows.Positive, place), rows.Negative is null ? null : AsWeight(rows.Negative, place));

    /// <summary>The latents to begin with: those that are given, or noise.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="draw">Draws noise, in the shape of the pipeline's latents.</param>
    /// <param name="dtype">The type that latents have.</param>
    /// <exception cref="NotFiniteNumberException">They are not finite.</exception>
    private protected Tensor StartingLatents(TOptions options, ScalarType dtype, Func<Tensor> draw)
    {
        var latents = (options.Latents ?? draw()).MovedTo(dtype, Place.Device).Times(Scheduler.InitNoiseSigma);
        FiniteCheck.Of(latents, "The latents before the first step");
        return latents;
    }
}

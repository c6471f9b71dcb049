using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What all pipelines do with prompts.</summary>
internal static class PromptEncoding
{
    /// <summary>The texts of a generation: the prompt where no embeddings are given, and with guidance the negative prompt.</summary>
    public static List<string> Texts(string? prompt, GenerationOptions options, bool isGuided)
    {
        var texts = new List<string>();
        if (prompt is not null)
            texts.Add(prompt);
        if (isGuided && options.NegativePromptEmbeds is null)
            texts.Add(options.NegativePrompt ?? "");
        return texts;
    }

    /// <summary>Encodes texts one by one and tells how far it is.</summary>
    /// <returns>One for each, in the current dispose scope.</returns>
    public static List<T> EncodeAll<T>(IReadOnlyList<string> texts, GenerationContext context, Func<string, T> encode)
    {
        var encoded = new List<T>();
        context.Progress?.Report(new GenerationProgress(GenerationStage.Encoding, 0, texts.Count));
        foreach (var text in texts)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            encoded.Add(encode(text));
            context.Progress?.Report(new GenerationProgress(GenerationStage.Encoding, encoded.Count, texts.Count));
        }
        return encoded;
    }

    /// <summary>
    /// One row for every result, [results, tokens, width]; with guidance the negative rows come before. In the current dispose scope. Source: diffusers
    /// <c>pipelines/cogvideo/pipeline_cogvideox.py</c> (encode_prompt).
    /// </summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="options">The embeddings that are given, if any.</param>
    /// <param name="context">The generation.</param>
    /// <param name="encoder">Encodes what is not given, without a mask.</param>
    /// <returns>The rows, and what of the texts was cut off.</returns>
    public static (Tensor Rows, IReadOnlyList<string> Truncated) Rows(string? prompt, GenerationOptions options, GenerationContext context, T5PromptEncoder? encoder)
    {
        var truncated = new List<string>();
        var isGuided = context.Request.IsGuided;
        var encoded = EncodeAll(
            Texts(prompt, options, isGuided), context, text => encoder!.Encode(text, context.Request.TextLength, truncated, seesMask: false).Embeds);
        var positive = options.PromptEmbeds ?? encoded[0];
        if (!isGuided)
            return (PerPrompt(positive), truncated);
        var negative = options.NegativePromptEmbeds ?? encoded[^1].expand(positive.size(0), -1, -1);
        return (cat([PerPrompt(negative), PerPrompt(positive).to(negative.dtype, negative.device)]), truncated);

        Tensor PerPrompt(Tensor rows) => rows.repeat_interleave(options.PerPrompt, dim: 0);
    }
}

using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class CogVideoXPipeline
{
    /// <summary>
    /// One row for every video, [videos, tokens, dim]; with guidance the negative rows come before. In the current dispose scope.
    /// Source: diffusers <c>pipelines/cogvideo/pipeline_cogvideox.py</c> (encode_prompt).
    /// </summary>
    private Tensor EncodePrompts(
        string? prompt,
        CogVideoXGenerationOptions options,
        CogVideoXRequest request,
        IProgress<GenerationProgress>? progress,
        CancellationToken cancellationToken)
    {
        var texts = new List<string>();
        if (prompt is not null)
            texts.Add(prompt);
        var negativePrompt = request.IsGuided && options.NegativePromptEmbeds is null ? options.NegativePrompt ?? "" : null;
        if (negativePrompt is not null)
            texts.Add(negativePrompt);

        var encoded = EncodeTexts(texts, request.TextLength, progress, cancellationToken);
        var positive = options.PromptEmbeds ?? encoded[0];
        if (!request.IsGuided)
            return PerVideo(positive);
        var negative = options.NegativePromptEmbeds ?? encoded[^1].expand(positive.size(0), -1, -1);
        return cat([PerVideo(negative), PerVideo(positive).to(negative.dtype, negative.device)]);

        Tensor PerVideo(Tensor rows) => rows.repeat_interleave(options.NumVideosPerPrompt, dim: 0);
    }

    private List<Tensor> EncodeTexts(
        List<string> texts, int length, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        var encoded = new List<Tensor>();
        var truncated = new List<string>();
        progress?.Report(new GenerationProgress(GenerationStage.Encoding, 0, texts.Count));
        foreach (var text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            encoded.Add(Encode(text, length, truncated));
            progress?.Report(new GenerationProgress(GenerationStage.Encoding, encoded.Count, texts.Count));
        }

        TruncatedTexts = truncated;
        return encoded;
    }

    /// <summary>[1, tokens, dim], without an attention mask: CogVideoX was trained to see the padding.</summary>
    private Tensor Encode(string text, int length, List<string> truncated)
    {
        using var scope = NewDisposeScope();
        using var tokens = Tokenizer.Encode(text, length);
        if (tokens.TruncatedText is { } rest)
            truncated.Add(rest);
        return TextEncoder.call(tokens.InputIds.to(TextEncoder.parameters().First().device), null).MoveToOuterDisposeScope();
    }
}

using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>A T5 and its tokenizer, as pipelines use them.</summary>
/// <param name="Tokenizer">Makes tokens of prompts.</param>
/// <param name="Model">Makes embeddings of tokens.</param>
internal sealed record T5PromptEncoder(T5Tokenizer Tokenizer, T5EncoderModel Model)
{
    /// <summary>The two together; <see langword="null"/> where one of them is missing, and embeddings have to be given.</summary>
    /// <exception cref="ArgumentException">The tokenizer has more tokens than the model.</exception>
    public static T5PromptEncoder? Of(T5Tokenizer? tokenizer, T5EncoderModel? model)
    {
        if (tokenizer is null || model is null)
            return null;
        return tokenizer.VocabSize <= model.Config.VocabSize
            ? new T5PromptEncoder(tokenizer, model)
            : throw new ArgumentException(
                $"expected a tokenizer of at most {model.Config.VocabSize} tokens, as the text encoder's vocab_size, found {tokenizer.VocabSize}");
    }

    /// <summary>Refuses embeddings of another width than the transformer takes.</summary>
    /// <param name="expected">The transformer's.</param>
    /// <param name="setting">What its config calls it.</param>
    /// <exception cref="ArgumentException">They are.</exception>
    public void CheckWidth(int expected, string setting)
    {
        if (expected != Model.Config.DModel)
            throw new ArgumentException($"expected a text encoder of width {expected}, as the transformer's {setting}, found d_model {Model.Config.DModel}");
    }

    /// <summary>Encodes one text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">The tokens that it is cut or padded to.</param>
    /// <param name="truncated">Where what was cut off is added.</param>
    /// <param name="seesMask">Whether the model is told what is padding; CogVideoX and Flux were trained to see it.</param>
    /// <returns>[1, tokens, width], and the mask [1, tokens] of 1 and 0, int64; in the current dispose scope.</returns>
    public (Tensor Embeds, Tensor Mask) Encode(string text, int length, List<string> truncated, bool seesMask)
    {
        using var scope = NewDisposeScope();
        using var tokens = Tokenizer.Encode(text, length);
        if (tokens.TruncatedText is { } rest)
            truncated.Add(rest);
        var (dtype, device) = Placement.Of(Model);
        var mask = tokens.AttentionMask.MovedTo(device).alias();
        // On META there are no numbers to encode, and libtorch lacks some of what encodes them.
        var embeds = device.type == DeviceType.META
            ? empty([1, length, Model.Config.DModel], dtype: dtype, device: device)
            : Model.call(tokens.InputIds.MovedTo(device), seesMask ? mask : null);
        return (embeds.MoveToOuterDisposeScope(), mask.MoveToOuterDisposeScope());
    }
}

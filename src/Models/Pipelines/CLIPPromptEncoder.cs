using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>CLIP's text encoder and its tokenizer, as pipelines use them.</summary>
/// <param name="Tokenizer">Makes tokens of prompts.</param>
/// <param name="Model">Makes embeddings of tokens.</param>
internal sealed record CLIPPromptEncoder(CLIPTokenizer Tokenizer, CLIPTextModel Model)
{
    /// <summary>The tokens that prompts are cut or padded to.</summary>
    public int Length => Math.Min(Tokenizer.ModelMaxLength ?? int.MaxValue, Model.Config.MaxPositionEmbeddings);

    /// <summary>The two together; <see langword="null"/> where one of them is missing, and embeddings have to be given.</summary>
    /// <exception cref="ArgumentException">The tokenizer has more tokens than the model.</exception>
    public static CLIPPromptEncoder? Of(CLIPTokenizer? tokenizer, CLIPTextModel? model)
    {
        if (tokenizer is null || model is null)
            return null;
        return tokenizer.VocabSize <= model.Config.VocabSize
            ? new CLIPPromptEncoder(tokenizer, model)
            : throw new ArgumentException($"expected a tokenizer of at most {model.Config.VocabSize} tokens, as CLIP's vocab_size, found {tokenizer.VocabSize}");
    }

    /// <summary>Refuses embeddings of another width than the transformer takes.</summary>
    /// <param name="expected">The transformer's.</param>
    /// <param name="setting">What its config calls it.</param>
    /// <exception cref="ArgumentException">They are.</exception>
    public void CheckWidth(int expected, string setting)
    {
        if (expected != Model.Config.HiddenSize)
            throw new ArgumentException($"expected a text encoder of width {expected}, as the transformer's {setting}, found hidden_size {Model.Config.HiddenSize}");
    }

    /// <summary>Encodes one text, without a mask. Source: diffusers <c>pipelines/flux/pipeline_flux.py</c> (_get_clip_prompt_embeds).</summary>
    /// <param name="text">The text.</param>
    /// <param name="truncated">Where what was cut off is added.</param>
    /// <returns>The state of the end token, [1, width], in the current dispose scope.</returns>
    public Tensor EncodePooled(string text, List<string> truncated)
    {
        using var scope = NewDisposeScope();
        using var tokens = Tokenizer.Encode(text, Length);
        if (tokens.TruncatedText is { } rest)
            truncated.Add(rest);
        var (dtype, device) = Placement.Of(Model);
        // On META there are no numbers to encode, and libtorch lacks some of what encodes them.
        var pooled = device.type == DeviceType.META
            ? empty([1, Model.Config.HiddenSize], dtype: dtype, device: device)
            : Model.call(tokens.InputIds.MovedTo(device), null).PoolerOutput;
        return pooled.MoveToOuterDisposeScope();
    }
}

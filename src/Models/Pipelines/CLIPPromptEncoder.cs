using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>A CLIP text model and its tokenizer, as pipelines use them.</summary>
/// <param name="Tokenizer">Makes tokens of prompts.</param>
/// <param name="Model">Makes embeddings of tokens.</param>
internal sealed record CLIPPromptEncoder(CLIPTokenizer Tokenizer, CLIPTextModel Model)
{
    /// <summary>The two together; <see langword="null"/> where one of them is missing, and embeddings have to be given.</summary>
    /// <exception cref="ArgumentException">The tokenizer has more tokens than the model.</exception>
    public static CLIPPromptEncoder? Of(CLIPTokenizer? tokenizer, CLIPTextModel? model)
    {
        if (tokenizer is null || model is null)
            return null;
        return tokenizer.VocabSize <= model.Config.VocabSize
            ? new CLIPPromptEncoder(tokenizer, model)
            : throw new ArgumentException(
                $"expected a tokenizer of at most {model.Config.VocabSize} tokens, as the text encoder's vocab_size, found {tokenizer.VocabSize}");
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

    /// <summary>The pooled embedding of a text, cut off where CLIP's positions end: [1, width], in the current dispose scope.</summary>
    public Tensor Pooled(string text)
    {
        using var scope = NewDisposeScope();
        using var tokens = Tokenizer.Encode(text, Math.Min(Tokenizer.ModelMaxLength ?? Model.Config.MaxPositionEmbeddings, Model.Config.MaxPositionEmbeddings));
        return Model.call(tokens.InputIds.to(Model.parameters().First().device), null).PoolerOutput.MoveToOuterDisposeScope();
    }
}

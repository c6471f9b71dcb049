using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>CLIP's encoder of pictures and its processor, as pipelines use them.</summary>
/// <param name="Processor">Makes of pictures what the model takes.</param>
/// <param name="Model">Makes embeddings of that.</param>
internal sealed record CLIPPictureEncoder(CLIPImageProcessor Processor, CLIPVisionModel Model)
{
    /// <summary>The two together; <see langword="null"/> where one of them is missing, and embeddings have to be given.</summary>
    /// <exception cref="ArgumentException">The processor cuts out another size than the model takes.</exception>
    public static CLIPPictureEncoder? Of(CLIPImageProcessor? processor, CLIPVisionModel? model)
    {
        if (processor is null || model is null)
            return null;
        var (edge, cut) = (model.Config.ImageSize, processor.Config.CropSize);
        return !processor.Config.DoCenterCrop || (cut.Height, cut.Width) == (edge, edge)
            ? new CLIPPictureEncoder(processor, model)
            : throw new ArgumentException($"expected an image processor of crop_size {edge}, as the image encoder's image_size, found {cut.Height} × {cut.Width}");
    }

    /// <summary>Refuses embeddings of another width or number than the transformer takes.</summary>
    /// <param name="width">The transformer's.</param>
    /// <param name="tokens">How many tokens it has positions for; <see langword="null"/> for any.</param>
    /// <exception cref="ArgumentException">They are.</exception>
    public void CheckSize(int width, int? tokens)
    {
        if (width != Model.Config.HiddenSize)
            throw new ArgumentException($"expected an image encoder of width {width}, as the transformer's image_dim, found hidden_size {Model.Config.HiddenSize}");
        if (tokens is not null && tokens != Model.Config.Tokens)
            throw new ArgumentException($"expected an image encoder of {tokens} tokens, half of the transformer's pos_embed_seq_len, found one of {Model.Config.Tokens}");
    }

    /// <summary>Encodes pictures.</summary>
    /// <param name="pictures">[3, height, width] or [batch, 3, height, width], in [0, 1].</param>
    /// <returns>[batch, tokens, width], in the current dispose scope.</returns>
    public Tensor Encode(Tensor pictures)
    {
        using var scope = NewDisposeScope();
        var pixels = Processor.Preprocess(pictures.dim() == 3 ? pictures.unsqueeze(0) : pictures);
        return Model.Encode(pixels.MovedTo(Placement.Of(Model).Device)).MoveToOuterDisposeScope();
    }
}

using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>Embeddings of patches, layers, and norms around them. Source: transformers <c>models/clip/modeling_clip.py</c> (CLIPVisionTransformer).</summary>
internal sealed class CLIPVisionTransformer : Module
{
    private readonly CLIPVisionEmbeddings embeddings;
    private readonly LayerNormalization pre_layrnorm; // spelled so in every checkpoint
    private readonly CLIPEncoder encoder;
    private readonly LayerNormalization post_layernorm;

    public CLIPVisionTransformer(CLIPVisionConfig config, Device? device, ScalarType? dtype)
        : base(nameof(CLIPVisionTransformer))
    {
        embeddings = new CLIPVisionEmbeddings(config, device, dtype);
        pre_layrnorm = new LayerNormalization(config.HiddenSize, config.LayerNormEps, true, device, dtype);
        encoder = new CLIPEncoder(config, device, dtype);
        post_layernorm = new LayerNormalization(config.HiddenSize, config.LayerNormEps, true, device, dtype);
        RegisterComponents();
    }

    /// <summary>The embedded patches, normalised, and what every layer gives, each [batch, tokens, width], when it is asked for.</summary>
    public IEnumerable<Tensor> States(Tensor pixels)
    {
        Tensor hidden;
        using (var embedded = embeddings.call(pixels))
            hidden = pre_layrnorm.call(embedded);
        yield return hidden;
        foreach (var layer in encoder.layers)
            yield return hidden = layer.call(hidden, null);
    }

    /// <summary>What the first <paramref name="layers"/> layers give, of which no other is run.</summary>
    public Tensor Run(Tensor pixels, int layers)
    {
        using var scope = NewDisposeScope();
        Tensor? last = null;
        foreach (var state in States(pixels).Take(layers + 1))
        {
            last?.Dispose();
            last = state;
        }
        return last!.MoveToOuterDisposeScope();
    }

    /// <summary>A state, normalised.</summary>
    public Tensor Normalize(Tensor state) => post_layernorm.call(state);
}

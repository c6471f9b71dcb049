using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>A token of its own before those of a picture's patches, with positions. Source: transformers <c>models/clip/modeling_clip.py</c> (CLIPVisionEmbeddings).</summary>
internal sealed class CLIPVisionEmbeddings : Module<Tensor, Tensor>
{
    private const double Deviation = 0.02;

    private readonly Parameter class_embedding; // [width]
    private readonly PatchProjection patch_embedding;
    private readonly TokenEmbedding position_embedding;
    private readonly long _edge;

    public CLIPVisionEmbeddings(CLIPVisionConfig config, Device? device, ScalarType? dtype)
        : base(nameof(CLIPVisionEmbeddings))
    {
        _edge = config.PatchesPerEdge * config.PatchSize;
        class_embedding = Parameter(empty(config.HiddenSize, dtype: dtype, device: device));
        if (!WeightInitialization.IsSkipped)
            init.normal_(class_embedding, 0, 1 / Math.Sqrt(config.HiddenSize));
        patch_embedding = new PatchProjection(config.NumChannels, config.HiddenSize, [config.PatchSize, config.PatchSize], hasBias: false, device, dtype);
        position_embedding = new TokenEmbedding(config.Tokens, config.HiddenSize, Deviation, device, dtype);
        RegisterComponents();
    }

    /// <summary>[batch, channels, height, width] to [batch, 1 + patches, width].</summary>
    public override Tensor forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var covered = pixels.narrow(2, 0, _edge).narrow(3, 0, _edge).to(patch_embedding.Dtype);
        var patches = patch_embedding.call(covered.unsqueeze(2));
        var classes = class_embedding.expand(patches.size(0), 1, -1);
        return cat([classes, patches], 1).Plus(position_embedding.First(1 + patches.size(1))).MoveToOuterDisposeScope();
    }
}

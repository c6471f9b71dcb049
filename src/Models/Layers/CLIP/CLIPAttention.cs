using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>Self-attention, under a mask or without. Source: transformers <c>models/clip/modeling_clip.py</c> (CLIPAttention).</summary>
internal sealed class CLIPAttention : Module<Tensor, Tensor?, Tensor>
{
    private readonly LinearLayer k_proj;
    private readonly LinearLayer v_proj;
    private readonly LinearLayer q_proj;
    private readonly LinearLayer out_proj;
    private readonly ScaledDotProductAttention sdpa = new();
    private readonly AttentionHeads _heads;

    public CLIPAttention(CLIPEncoderConfig config, Device? device, ScalarType? dtype)
        : base(nameof(CLIPAttention))
    {
        _heads = new AttentionHeads(config.NumAttentionHeads, config.HiddenSize / config.NumAttentionHeads, QueryKeyNorm.None);
        k_proj = Projection();
        v_proj = Projection();
        q_proj = Projection();
        out_proj = Projection();
        RegisterComponents();

        LinearLayer Projection() => Dense.Linear(config.HiddenSize, config.HiddenSize, true, device, dtype);
    }

    /// <summary>[batch, tokens, width], with a mask [batch or 1, 1, tokens, tokens] that is true where a token may look; <see langword="null"/> where all look at all.</summary>
    public override Tensor forward(Tensor hidden, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var attended = _heads.Attend(sdpa, Heads(q_proj), Heads(k_proj), Heads(v_proj), mask);
        return out_proj.call(attended).MoveToOuterDisposeScope();

        Tensor Heads(LinearLayer projection) => _heads.Split(projection.call(hidden));
    }
}

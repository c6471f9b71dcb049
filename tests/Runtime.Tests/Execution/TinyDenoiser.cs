using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>A norm that counts how often it ran.</summary>
internal sealed class CountingNorm : Module<Tensor, Tensor>
{
    private readonly LayerNorm norm;

    public CountingNorm(long dim)
        : base(nameof(CountingNorm))
    {
        norm = LayerNorm(dim);
        RegisterComponents();
    }

    public int Calls { get; private set; }

    public override Tensor forward(Tensor input)
    {
        Calls++;
        return norm.call(input);
    }
}

/// <summary>A stand-in for attention with two results, as CogVideoX's has.</summary>
internal sealed class TinyAttention : Module<Tensor, Tensor, (Tensor, Tensor)>
{
    private readonly Linear mix;

    public TinyAttention(long dim)
        : base(nameof(TinyAttention))
    {
        mix = Linear(dim, dim);
        RegisterComponents();
    }

    /// <summary>Runs in the middle of the module's next call.</summary>
    public Action? Interrupt { get; set; }

    public int Calls { get; private set; }

    public override (Tensor, Tensor) forward(Tensor hidden, Tensor text)
    {
        Calls++;
        Interrupt?.Invoke();
        using var scope = NewDisposeScope();
        var joint = mix.call(cat([text, hidden], dim: 1)).tanh();
        var texts = text.size(1);
        return (joint.narrow(1, texts, hidden.size(1)).MoveToOuterDisposeScope(), joint.narrow(1, 0, texts).MoveToOuterDisposeScope());
    }
}

/// <summary>Joint attention, cross attention and a feed-forward: eight variants.</summary>
[SpatialAttention(nameof(attn1))]
[CrossAttention(nameof(attn2))]
[FeedForward(nameof(ff))]
internal sealed partial class TinyBlock : Module<Tensor, Tensor, (Tensor, Tensor)>
{
    public readonly CountingNorm norm1;
    public readonly TinyAttention attn1;
    public readonly CountingNorm norm2;
    public readonly Linear attn2;
    public readonly CountingNorm norm3;
    public readonly Linear ff;

    public TinyBlock(long dim)
        : base(nameof(TinyBlock))
    {
        norm1 = new CountingNorm(dim);
        attn1 = new TinyAttention(dim);
        norm2 = new CountingNorm(dim);
        attn2 = Linear(dim, dim);
        norm3 = new CountingNorm(dim);
        ff = Linear(dim, dim);
        RegisterComponents();
    }

    public override partial (Tensor, Tensor) forward(Tensor hidden, Tensor text);

    [CachedForward]
    private (Tensor, Tensor) Compute(Tensor hidden, Tensor text)
    {
        using var scope = NewDisposeScope();
        var normed = norm1.call(hidden);
        var (attended, attendedText) = attn1.forward(normed, text);
        hidden = hidden.Plus(attended.Times(0.5));
        text = text.Plus(attendedText.Times(0.5));
        var crossed = attn2.forward(norm2.call(hidden));
        hidden = hidden.Plus(crossed.Times(0.25));
        var fed = ff.forward(norm3.call(hidden));
        hidden = hidden.Plus(fed.Times(0.125));
        return (hidden.MoveToOuterDisposeScope(), text.MoveToOuterDisposeScope());
    }
}

/// <summary>A small model on latents <c>[batch, frames, channels, height, width]</c> with one token per position.</summary>
[CacheableModel]
internal sealed partial class TinyDenoiser : Module<Tensor, Tensor, Tensor, Tensor>
{
    public readonly ModuleList<TinyBlock> transformer_blocks;

    public TinyDenoiser(long channels = 4, int blocks = 2)
        : base(nameof(TinyDenoiser))
    {
        transformer_blocks = [.. Enumerable.Range(0, blocks).Select(_ => new TinyBlock(channels))];
        RegisterComponents();
        eval();
    }

    public override partial Tensor forward([GuidanceBatch] Tensor hiddenStates, [GuidanceBatch] Tensor text, [GuidanceBatch] Tensor timestep);

    [CachedForward]
    private Tensor Compute(Tensor hiddenStates, Tensor text, Tensor timestep)
    {
        using var scope = NewDisposeScope();
        var latents = hiddenStates.permute(0, 1, 3, 4, 2);
        var hidden = latents.reshape(latents.size(0), -1, latents.size(4)).Plus(timestep.view(-1, 1, 1).Over(1000));
        foreach (var block in transformer_blocks)
            (hidden, text) = block.call(hidden, text);
        return hidden.view(latents.shape).permute(0, 1, 4, 2, 3).contiguous().MoveToOuterDisposeScope();
    }
}

/// <summary>One attention, and an input that no annotation mentions.</summary>
[SpatialAttention(nameof(attn))]
internal sealed partial class PlainBlock : Module<Tensor, Tensor>
{
    public readonly Linear attn;

    public PlainBlock()
        : base(nameof(PlainBlock))
    {
        attn = Linear(4, 4);
        RegisterComponents();
    }

    public override partial Tensor forward(Tensor hidden);

    [CachedForward]
    private Tensor Compute(Tensor hidden)
    {
        var attended = attn.forward(hidden);
        return hidden.Plus(attended);
    }
}

/// <summary>A model without guidance.</summary>
[CacheableModel(GuidanceLayout.None)]
internal sealed partial class TinyBlockAlone : Module<Tensor, Tensor>
{
    public readonly PlainBlock block = new();

    public TinyBlockAlone()
        : base(nameof(TinyBlockAlone))
    {
        RegisterComponents();
        eval();
    }

    public override partial Tensor forward(Tensor hidden);

    [CachedForward]
    private Tensor Compute(Tensor hidden)
    {
        return block.call(hidden);
    }
}

using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>A block with an attention and a feed-forward, each a linear layer.</summary>
[SpatialAttention(nameof(attn))]
[FeedForward(nameof(ff))]
[BlockOutput]
internal sealed partial class StackedBlock : Module<Tensor, Tensor>
{
    public readonly Linear attn;
    public readonly Linear ff;

    public StackedBlock(long dim)
        : base(nameof(StackedBlock))
    {
        (attn, ff) = (Linear(dim, dim), Linear(dim, dim));
        RegisterComponents();
    }

    public override partial Tensor forward(Tensor hidden);

    [CachedForward]
    private Tensor Compute(Tensor hidden)
    {
        var attended = attn.forward(hidden);
        hidden = hidden.Plus(attended.tanh().Times(0.5));
        var fed = ff.forward(hidden);
        return hidden.Plus(fed.tanh().Times(0.25));
    }
}

/// <summary>A model with a stack and an output of its own, on [batch, frames, channels, height, width] with the channels last inside.</summary>
[CacheableModel]
[BlockStack(nameof(blocks))]
[OutputProjection(nameof(proj_out))]
internal sealed partial class StackedDenoiser : Module<Tensor, Tensor, Tensor>
{
    public readonly ModuleList<StackedBlock> blocks;
    public readonly Linear proj_out;

    public StackedDenoiser(int count = 3, long dim = 3)
        : base(nameof(StackedDenoiser))
    {
        blocks = [];
        for (var i = 0; i < count; i++)
            blocks.Add(new StackedBlock(dim));
        proj_out = Linear(dim, dim);
        RegisterComponents();
        eval();
    }

    public override partial Tensor forward([GuidanceBatch, Latents] Tensor latents, [GuidanceBatch] Tensor timestep);

    [ChangeIndicator]
    private static Tensor Indicator(Tensor latents, Tensor timestep) => latents.Plus(timestep.view(-1, 1, 1, 1, 1).Over(1000));

    [CachedForward]
    private Tensor Compute(Tensor latents, Tensor timestep)
    {
        using var scope = NewDisposeScope();
        var hidden = latents.permute(0, 1, 3, 4, 2).Plus(timestep.view(-1, 1, 1, 1, 1).Over(1000));
        foreach (var block in blocks)
            hidden = block.call(hidden);
        var output = proj_out.call(hidden);
        return output.permute(0, 1, 4, 2, 3).MoveToOuterDisposeScope();
    }
}

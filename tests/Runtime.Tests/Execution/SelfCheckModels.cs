using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>What is wrong with a <see cref="BrokenBlock"/>.</summary>
public enum Broken
{
    Nothing,
    FeederWritesItsArgument,
    ResultIsWritten,
    FeederDrawsNumbers,
    SiteReturnsItsArgument,
    BodyCounts,
    BodyWritesItsInput,
}

/// <summary>A block that promises what it may not keep, which no compiler sees.</summary>
[SpatialAttention(nameof(attn))]
[FeedForward(nameof(ff))]
internal sealed partial class BrokenBlock(Broken broken) : Module<Tensor, Tensor>(nameof(BrokenBlock))
{
    private readonly PromisedAttention attn = new(broken == Broken.SiteReturnsItsArgument);
    private readonly Linear ff = Linear(4, 4);
    private int _calls;

    public override partial Tensor forward(Tensor hidden);

    [CachedForward]
    private Tensor Compute(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var input = Feed(hidden);
        var attended = attn.forward(input);
        var gated = Gate(attended);
        if (broken == Broken.SiteReturnsItsArgument)
            hidden.Plus_(hidden);
        if (broken == Broken.BodyWritesItsInput)
            hidden.mul_(hidden);
        hidden = hidden.Plus(attended).Plus(gated).Plus(Count());
        var output = ff.forward(hidden);
        return hidden.Plus(output).MoveToOuterDisposeScope();
    }

    [NoSideEffects]
    private Tensor Feed(Tensor hidden) => broken switch
    {
        Broken.FeederWritesItsArgument => hidden.mul_(hidden).clone(),
        Broken.FeederDrawsNumbers => hidden.Plus(rand_like(hidden)),
        Broken.SiteReturnsItsArgument => hidden.alias(),
        _ => hidden.mul(hidden),
    };

    [NoSideEffects]
    private Tensor Gate(Tensor attended) => broken == Broken.ResultIsWritten ? attended.mul_(attended).clone() : attended.mul(attended);

    private Tensor Count() => tensor(broken == Broken.BodyCounts ? (float)_calls++ : 0);

    /// <summary>Registers what the fields hold.</summary>
    public BrokenBlock Registered()
    {
        RegisterComponents();
        return this;
    }
}

/// <summary>Attention that may be none.</summary>
internal sealed class PromisedAttention(bool returnsItsArgument) : Module<Tensor, Tensor>(nameof(PromisedAttention))
{
    [NoSideEffects]
    public override Tensor forward(Tensor hidden) => returnsItsArgument ? hidden.alias() : hidden.softmax(-1);
}

/// <summary>Two sound blocks around one that is what is asked for.</summary>
[CacheableModel(GuidanceLayout.None)]
internal sealed partial class BrokenModel : Module<Tensor, Tensor>
{
    private readonly ModuleList<BrokenBlock> blocks;

    public BrokenModel(Broken broken)
        : base(nameof(BrokenModel))
    {
        blocks = [new BrokenBlock(Broken.Nothing).Registered(), new BrokenBlock(broken).Registered(), new BrokenBlock(Broken.Nothing).Registered()];
        RegisterComponents();
        eval();
    }

    public override partial Tensor forward(Tensor hidden);

    [CachedForward]
    private Tensor Compute(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        foreach (var block in blocks)
            hidden = block.call(hidden);
        return hidden.MoveToOuterDisposeScope();
    }
}

/// <summary>One such block with the model's input as its own.</summary>
[CacheableModel(GuidanceLayout.None)]
internal sealed partial class BrokenBlockAlone : Module<Tensor, Tensor>
{
    private readonly BrokenBlock block;

    public BrokenBlockAlone(Broken broken)
        : base(nameof(BrokenBlockAlone))
    {
        block = new BrokenBlock(broken).Registered();
        RegisterComponents();
        eval();
    }

    public override partial Tensor forward(Tensor hidden);

    [CachedForward]
    private Tensor Compute(Tensor hidden) => block.call(hidden);
}

using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>A model that is called twice a step, with and without what the prompt says.</summary>
[CacheableModel(GuidanceLayout.Sequential)]
internal sealed partial class TinyGuided : Module<Tensor, Tensor, Tensor>
{
    public readonly PlainBlock block = new();

    public TinyGuided()
        : base(nameof(TinyGuided))
    {
        RegisterComponents();
        eval();
    }

    public override partial Tensor forward(Tensor hidden, Tensor? text);

    [CachedForward]
    private Tensor Compute(Tensor hidden, Tensor? text)
    {
        var conditioned = text is null ? hidden : hidden.mul(text);
        return block.call(conditioned);
    }
}

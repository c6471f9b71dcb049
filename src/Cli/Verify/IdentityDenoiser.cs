using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Cli.Verify;

/// <summary>A model that returns its input, so that what a cache does to guidance can be seen by itself.</summary>
[CacheableModel]
internal sealed partial class IdentityDenoiser : Module<Tensor, Tensor>
{
    public IdentityDenoiser()
        : base(nameof(IdentityDenoiser))
    {
        RegisterComponents();
        eval();
    }

    public override partial Tensor forward([GuidanceBatch] Tensor hiddenStates);

    [CachedForward]
    private Tensor Compute(Tensor hiddenStates)
    {
        return hiddenStates.clone();
    }
}

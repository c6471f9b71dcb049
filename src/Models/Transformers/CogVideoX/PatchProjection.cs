using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Projects square patches of single frames to tokens: the Conv2d of diffusers' CogVideoX 1.0, whose stride is its kernel, under
/// the same weights (<c>weight</c>, <c>bias</c>). As one matrix product it writes the tokens where they are read, and it works on
/// the meta device, where torch's convolution does not.
/// </summary>
internal sealed class PatchProjection : Module<Tensor, Tensor>
{
    private readonly Parameter weight; // [D, C, p, p]
    private readonly Parameter? bias;

    public PatchProjection(long channels, long dim, long patch, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(PatchProjection))
    {
        weight = Parameter(empty(dim, channels, patch, patch, dtype: dtype, device: device));
        bias = hasBias ? Parameter(empty(dim, dtype: dtype, device: device)) : null;
        if (!WeightInitialization.IsSkipped)
        {
            init.kaiming_uniform_(weight, a: Math.Sqrt(5));
            var bound = 1 / Math.Sqrt(channels * patch * patch);
            if (bias is not null)
                init.uniform_(bias, -bound, bound);
        }

        RegisterComponents();
    }

    /// <summary>[batch, frames, channels, height, width] to [batch, frames × rows × columns, dim].</summary>
    public override Tensor forward(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var (dim, channels, patch) = (weight.size(0), weight.size(1), weight.size(2));
        var (batch, frames) = (latents.size(0), latents.size(1));
        var patches = latents
            .reshape(batch, frames, channels, latents.size(3) / patch, patch, latents.size(4) / patch, patch)
            .permute(0, 1, 3, 5, 2, 4, 6) // [B, F, h, w, C, p, p]
            .reshape(batch, -1, channels * patch * patch);
        return functional.linear(patches, weight.view(dim, -1), bias).MoveToOuterDisposeScope();
    }
}

using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Projects patches to tokens: diffusers' Conv2d or Conv3d whose stride is its kernel, under the same weights (<c>weight</c>,
/// <c>bias</c>). As one matrix product it writes the tokens where they are read, and it works on the meta device, where torch's
/// convolution does not.
/// </summary>
internal sealed class PatchProjection : Module<Tensor, Tensor>
{
    private readonly Parameter weight; // [D, C, p, q] or [D, C, t, p, q]
    private readonly Parameter? bias;

    /// <summary>Builds the layer.</summary>
    /// <param name="channels">The channels of the latents.</param>
    /// <param name="dim">The width of the tokens.</param>
    /// <param name="patch">Rows and columns of a patch (Conv2d), or frames, rows and columns (Conv3d).</param>
    /// <param name="hasBias">Whether there is a bias.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public PatchProjection(long channels, long dim, ReadOnlySpan<long> patch, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(PatchProjection))
    {
        weight = Parameter(empty([dim, channels, .. patch], dtype: dtype, device: device));
        bias = hasBias ? Parameter(empty(dim, dtype: dtype, device: device)) : null;
        if (!WeightInitialization.IsSkipped)
        {
            init.kaiming_uniform_(weight, a: Math.Sqrt(5));
            var bound = 1 / Math.Sqrt(weight.numel() / dim);
            if (bias is not null)
                init.uniform_(bias, -bound, bound);
        }

        RegisterComponents();
    }

    /// <summary>The type of the weights.</summary>
    public ScalarType Dtype => weight.dtype;

    /// <summary>[batch, channels, frames, height, width] to [batch, frames × rows × columns, dim].</summary>
    [NoSideEffects]
    public override Tensor forward(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = (weight.shape[^2], weight.shape[^1]);
        var frames = weight.dim() == 5 ? weight.size(2) : 1;
        var (batch, channels) = (latents.size(0), latents.size(1));
        var grid = (Frames: latents.size(2) / frames, Rows: latents.size(3) / rows, Columns: latents.size(4) / columns);
        var patches = latents
            .reshape(batch, channels, grid.Frames, frames, grid.Rows, rows, grid.Columns, columns)
            .permute(0, 2, 4, 6, 1, 3, 5, 7) // [B, F, h, w, C, t, p, q]
            .reshape(batch, -1, channels * frames * rows * columns);
        return LinearLayer.Project(patches, weight.view(weight.size(0), -1), bias).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The way back for tokens whose channels come last: [batch, frames × rows × columns, patch × channels] to
    /// [batch, channels, frames, height, width].
    /// </summary>
    public static Tensor Unpatchify(
        Tensor tokens, (long Frames, long Rows, long Columns) grid, (long Frames, long Rows, long Columns) patch, long channels)
    {
        using var scope = NewDisposeScope();
        return tokens
            .view(-1, grid.Frames, grid.Rows, grid.Columns, patch.Frames, patch.Rows, patch.Columns, channels)
            .permute(0, 7, 1, 4, 2, 5, 3, 6) // [B, C, F, t, h, p, w, q]
            .reshape(-1, channels, grid.Frames * patch.Frames, grid.Rows * patch.Rows, grid.Columns * patch.Columns)
            .MoveToOuterDisposeScope();
    }
}

using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Makes tokens of images (<c>proj</c>) and adds positions computed for their size, if any. Source: diffusers
/// <c>models/embeddings.py</c> (PatchEmbed with pos_embed_type = "sincos" and no largest size, or None).
/// </summary>
public sealed class PatchEmbed : Module<Tensor, Tensor>
{
    private readonly PatchProjection proj;
    private readonly LastValue<(long Rows, long Columns, DeviceType Type, int Index), Tensor> _positions = new();
    private readonly (long? Height, long Patch, long Dim, double Scale) _size;

    /// <summary>Builds the layer.</summary>
    /// <param name="height">The height of the images that positions are scaled to; <see langword="null"/> for no positions.</param>
    /// <param name="patchSize">The rows and columns of a patch.</param>
    /// <param name="channels">The channels of the images.</param>
    /// <param name="dim">The width of the tokens, with positions a multiple of 4.</param>
    /// <param name="interpolationScale">Divides positions.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public PatchEmbed(
        long? height,
        long patchSize,
        long channels,
        long dim,
        double interpolationScale = 1,
        Device? device = null,
        ScalarType? dtype = null)
        : base(nameof(PatchEmbed))
    {
        _size = (height, patchSize, dim, interpolationScale);
        proj = new PatchProjection(channels, dim, [patchSize, patchSize], true, device, dtype);
        RegisterComponents();
    }

    /// <summary>Makes tokens.</summary>
    /// <param name="images">[batch, channels, height, width], whole patches of them.</param>
    /// <returns>[batch, rows × columns, dim]</returns>
    [NoSideEffects]
    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var tokens = proj.call(images.unsqueeze(2));
        if (_size.Height is not { } height)
            return tokens.MoveToOuterDisposeScope();
        var (rows, columns) = (images.size(2) / _size.Patch, images.size(3) / _size.Patch);
        var positions = _positions.For(
            (rows, columns, images.device_type, images.device_index), () => Positions(height, rows, columns, images.device));
        return tokens.Plus(positions).to(tokens.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _positions.Dispose();
        base.Dispose(disposing);
    }

    private Tensor Positions(long height, long rows, long columns, Device device)
    {
        using var table = SinCosPositions.Table2D(_size.Dim, rows, columns, height / _size.Patch, _size.Scale, device);
        return table.to(ScalarType.Float32).DetachFromDisposeScope();
    }
}

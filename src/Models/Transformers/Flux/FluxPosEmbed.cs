using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The rotary positions of prompt and image. Source: diffusers <c>models/transformers/transformer_flux.py</c> (FluxPosEmbed).
/// </summary>
public sealed class FluxPosEmbed : Module<FluxPositionIds, RotaryEmbedding>
{
    private readonly LastValue<(long Text, long Rows, long Columns, DeviceType Type, int Index), RotaryEmbedding> _last = new();
    private readonly long[] _dims;

    /// <summary>Builds the layer.</summary>
    /// <param name="dims">The channels of a head that belong to each axis.</param>
    public FluxPosEmbed(long[] dims)
        : base(nameof(FluxPosEmbed))
    {
        _dims = dims;
        RegisterComponents();
    }

    /// <summary>The tables of all tokens, prompt first.</summary>
    /// <returns>
    /// Kept for the last grid and owned by this layer, where ids are as <see cref="FluxPositionIds.Prepare"/> made them; of others, which may be
    /// written over between two calls, made anew and the caller's.
    /// </returns>
    [NoSideEffects]
    public override RotaryEmbedding forward(FluxPositionIds ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return ids.Grid is not { } grid ? Tables(ids)
            : _last.For((grid.Text, grid.Rows, grid.Columns, ids.Image.device_type, ids.Image.device_index), () => Tables(ids).Detached());
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _last.Dispose();
        base.Dispose(disposing);
    }

    private RotaryEmbedding Tables(FluxPositionIds ids)
    {
        using var all = cat([ids.Text, ids.Image], dim: 0);
        return RotaryGrid.OfIds(all, _dims);
    }
}

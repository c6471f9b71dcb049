using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The rotary positions of packed latents: every head turns by angles of its own. Source: diffusers
/// <c>models/transformers/transformer_ltx.py</c> (LTXVideoRotaryPosEmbed).
/// </summary>
public sealed class LTXVideoRotaryPosEmbed : Module<Tensor, LTXVideoGrid?, Tensor?, RotaryEmbedding>
{
    private const double Theta = 10000;

    // Frames, rows and columns of the trained video.
    private static readonly float[] s_base = [20, 2048, 2048];

    private readonly LastValue<(long Frames, long Rows, long Columns, (double, double, double)? Scale, DeviceType Type, int Index), RotaryEmbedding> _last = new();
    private readonly float[] _patch;
    private readonly long _dim;

    /// <summary>Builds the layer.</summary>
    /// <param name="config">The model's config.</param>
    public LTXVideoRotaryPosEmbed(LTXVideoTransformer3DModelConfig config)
        : base(nameof(LTXVideoRotaryPosEmbed))
    {
        ArgumentNullException.ThrowIfNull(config);
        _patch = [config.PatchSizeT, config.PatchSize, config.PatchSize];
        _dim = config.InnerDim;
        RegisterComponents();
    }

    /// <summary>The positions of packed latents.</summary>
    /// <param name="latents">[batch, tokens, channels]</param>
    /// <param name="grid">The grid that they come from; it does nothing beside <paramref name="videoCoords"/>.</param>
    /// <param name="videoCoords">Where the tokens are: frame, row and column of each, [batch, 3, tokens].</param>
    /// <returns>Tables of [tokens, dim], kept for the last grid and owned by this layer; or of coordinates [batch, tokens, dim], which the caller owns.</returns>
    [NoSideEffects]
    public override RotaryEmbedding forward(Tensor latents, LTXVideoGrid? grid, Tensor? videoCoords)
    {
        if (videoCoords is not null)
        {
            using var coordinates = OfCoordinates(videoCoords);
            return Tables(coordinates);
        }
        if (grid is null)
            throw new ArgumentException("expected a grid, or coordinates of the tokens, found neither", nameof(grid));
        var device = latents.device;
        return _last.For((grid.NumFrames, grid.Height, grid.Width, grid.RopeInterpolationScale, device.type, device.index), () =>
        {
            using var places = OfGrid(grid, device);
            return Tables(places).Detached();
        });
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _last.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Each token's place in the trained video, from 0 to 1: [tokens, 3].</summary>
    private Tensor OfGrid(LTXVideoGrid grid, Device device)
    {
        using var scope = NewDisposeScope();
        var places = RotaryGrid.Ids(grid.NumFrames, grid.Height, grid.Width, device);
        if (grid.RopeInterpolationScale is { } scale)
        {
            float[] distances = [(float)scale.Frames, (float)scale.Rows, (float)scale.Columns];
            places = (places * HostTraffic.Sent(distances, device) * HostTraffic.Sent(_patch, device)).Over(HostTraffic.Sent(s_base, device));
        }

        return places.MoveToOuterDisposeScope();
    }

    /// <summary>The same of coordinates, [batch, tokens, 3].</summary>
    private static Tensor OfCoordinates(Tensor coordinates)
    {
        using var scope = NewDisposeScope();
        return coordinates.to(ScalarType.Float32).transpose(1, 2).Over(HostTraffic.Sent(s_base, coordinates.device)).MoveToOuterDisposeScope();
    }

    /// <summary>Angles of place p: f (2p − 1), for frames, rows and columns in turn at each frequency f, in float32 as diffusers does.</summary>
    private RotaryEmbedding Tables(Tensor places)
    {
        using var scope = NewDisposeScope();
        var exponents = linspace(0, 1, _dim / 6, dtype: ScalarType.Float32, device: places.device);
        var frequencies = Theta.ToThe(exponents).Times(Math.PI).Over(2);
        var angles = (frequencies * places.unsqueeze(-1).Times(2).Minus(1)).transpose(-1, -2).flatten(-2);
        // The first channels do not turn where the width is no multiple of 6.
        long[] still = [.. angles.shape[..^1], _dim % 6];
        return new RotaryEmbedding(
            Table(ones(still, dtype: ScalarType.Float32, device: angles.device), angles.cos()),
            Table(zeros(still, dtype: ScalarType.Float32, device: angles.device), angles.sin()));

        static Tensor Table(Tensor still, Tensor turned) =>
            cat([still, turned.repeat_interleave(2, dim: -1)], dim: -1).MoveToOuterDisposeScope();
    }
}

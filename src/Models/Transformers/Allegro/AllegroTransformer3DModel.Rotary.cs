using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class AllegroTransformer3DModel
{
    private const int Axes = 3;

    /// <summary>
    /// The rotary positions that Allegro's pipeline gives this model. Source: diffusers <c>pipelines/allegro/pipeline_allegro.py</c>
    /// (_prepare_rotary_positional_embeddings) and <c>models/embeddings.py</c> (get_3d_rotary_pos_embed_allegro).
    /// </summary>
    /// <param name="height">The height of the video in pixels.</param>
    /// <param name="width">The width of the video in pixels.</param>
    /// <param name="frames">The number of latent frames.</param>
    /// <param name="device">Where the tables are.</param>
    /// <returns>Tables for the video tokens of these latents, owned by the caller.</returns>
    /// <exception cref="ArgumentException">The size has no tokens, or a head cannot be divided into an even number of channels for each axis.</exception>
    public RotaryEmbedding PrepareRotaryPositionalEmbeddings(long height, long width, long frames, Device? device = null) =>
        PrepareRotaryPositionalEmbeddings(Config, height, width, frames, device);

    /// <inheritdoc cref="PrepareRotaryPositionalEmbeddings(long, long, long, Device)"/>
    /// <param name="config">The model's settings.</param>
    /// <param name="height">The height of the video in pixels.</param>
    /// <param name="width">The width of the video in pixels.</param>
    /// <param name="frames">The number of latent frames.</param>
    /// <param name="device">Where the tables are.</param>
    /// <param name="vaeScaleFactor">How many pixels of a row the autoencoder makes into one.</param>
    public static RotaryEmbedding PrepareRotaryPositionalEmbeddings(
        AllegroTransformer3DModelConfig config, long height, long width, long frames, Device? device = null, long vaeScaleFactor = 8)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.AttentionHeadDim % (2 * Axes) != 0)
            throw new ArgumentException($"expected an attention_head_dim that is a multiple of {2 * Axes} for rotary positions, found {config.AttentionHeadDim}", nameof(config));
        var (rows, columns) = (height / (vaeScaleFactor * config.PatchSize), width / (vaeScaleFactor * config.PatchSize));
        if (frames <= 0 || rows <= 0 || columns <= 0)
            throw new ArgumentException($"expected a grid with positions, found {frames} × {rows} × {columns}");

        using var scope = NewDisposeScope();
        var scale = config.InterpolationScale;
        using var ids = RotaryGrid.Ids(frames, rows, columns, device);
        var rotary = OfTables(
            [Table(frames, scale.Frames), Table(rows, scale.Rows), Table(columns, scale.Columns)],
            [.. ids.to(ScalarType.Int64).unbind(1)]);
        rotary.Cos.MoveToOuterDisposeScope();
        rotary.Sin.MoveToOuterDisposeScope();
        return rotary;

        (Tensor Cos, Tensor Sin) Table(long count, double divisor)
        {
            var positions = TensorArithmetic.Range(count, ScalarType.Float32, device).Over(divisor).unsqueeze(1);
            var table = RotaryGrid.OfIds(positions, [config.AttentionHeadDim / Axes], precision: ScalarType.Float32);
            return (Halved(table.Cos), Halved(table.Sin));
        }

        // Every angle comes twice, side by side; here all of them come first, and then all again.
        static Tensor Halved(Tensor table) => table.view(table.size(0), -1, 2).transpose(1, 2).flatten(1, 2);
    }

    /// <summary>Rotary positions in the form of diffusers' <c>image_rotary_emb</c>: a table of each axis, and where every token is on it.</summary>
    /// <param name="tables">Cosines and sines of frames, rows and columns, [positions, head dim / 3] each.</param>
    /// <param name="positions">The number of every token's frame, row and column: integers, as many as there are video tokens.</param>
    /// <returns>Tables of [tokens, head dim], owned by the caller.</returns>
    /// <exception cref="ArgumentException">There are not three of each.</exception>
    public static RotaryEmbedding OfTables(IReadOnlyList<(Tensor Cos, Tensor Sin)> tables, IReadOnlyList<Tensor> positions)
    {
        ArgumentNullException.ThrowIfNull(tables);
        ArgumentNullException.ThrowIfNull(positions);
        if (tables.Count != Axes || positions.Count != Axes)
            throw new ArgumentException($"expected tables and positions of {Axes} axes, found {tables.Count} and {positions.Count}");
        using var scope = NewDisposeScope();
        var places = positions.Select(axis => axis.flatten().to(ScalarType.Int64).unsqueeze(1)).ToArray();
        return new RotaryEmbedding(Join(table => table.Cos), Join(table => table.Sin), Axes);

        Tensor Join(Func<(Tensor Cos, Tensor Sin), Tensor> of) =>
            cat([.. tables.Select((table, axis) => of(table).gather(0, places[axis].expand(-1, of(table).size(1))))], dim: 1).MoveToOuterDisposeScope();
    }
}

using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Tiles as diffusers has them, loop by loop: all of them made first, then blended number by number, then cut. In pixels and frames, and in latents of either.</summary>
internal sealed class LiteralTiling
{
    public required (int Frames, int Height, int Width) MinIn { get; init; }

    public required (int Frames, int Height, int Width) StrideIn { get; init; }

    public required (int Frames, int Height, int Width) MinOut { get; init; }

    public required (int Frames, int Height, int Width) StrideOut { get; init; }

    public required bool DropsLast { get; init; }

    /// <summary>As <c>_temporal_tiled_encode</c> and <c>_temporal_tiled_decode</c>.</summary>
    public Tensor InTime(Tensor video, (long Frames, long Height, long Width) size, Func<Tensor, Tensor> network)
    {
        var row = new List<Tensor>();
        for (var i = 0; i < video.size(2); i += StrideIn.Frames)
        {
            var tile = Slice(video, 2, i, i + MinIn.Frames + 1);
            tile = tile.size(3) > MinIn.Height || tile.size(4) > MinIn.Width ? InSpace(tile, size, network) : network(tile);
            if (i > 0)
                tile = DropsLast ? Slice(tile, 2, 0, tile.size(2) - 1) : Slice(tile, 2, 1, tile.size(2));
            row.Add(tile);
        }
        var result = new List<Tensor>();
        for (var i = 0; i < row.Count; i++)
        {
            if (i > 0)
                Blend(row[i - 1], row[i], 2, MinOut.Frames - StrideOut.Frames);
            result.Add(Slice(row[i], 2, 0, StrideOut.Frames + (i > 0 ? 0 : 1)));
        }
        return Slice(cat([.. result], 2), 2, 0, size.Frames);
    }

    /// <summary>As <c>tiled_encode</c> and <c>tiled_decode</c>.</summary>
    public Tensor InSpace(Tensor video, (long Frames, long Height, long Width) size, Func<Tensor, Tensor> network)
    {
        var rows = new List<List<Tensor>>();
        for (var i = 0; i < video.size(3); i += StrideIn.Height)
        {
            rows.Add([]);
            for (var j = 0; j < video.size(4); j += StrideIn.Width)
                rows[^1].Add(network(Slice(Slice(video, 3, i, i + MinIn.Height), 4, j, j + MinIn.Width)));
        }
        var resultRows = new List<Tensor>();
        for (var i = 0; i < rows.Count; i++)
        {
            var resultRow = new List<Tensor>();
            for (var j = 0; j < rows[i].Count; j++)
            {
                if (i > 0)
                    Blend(rows[i - 1][j], rows[i][j], 3, MinOut.Height - StrideOut.Height);
                if (j > 0)
                    Blend(rows[i][j - 1], rows[i][j], 4, MinOut.Width - StrideOut.Width);
                resultRow.Add(Slice(Slice(rows[i][j], 3, 0, StrideOut.Height), 4, 0, StrideOut.Width));
            }
            resultRows.Add(cat([.. resultRow], 4));
        }
        return Slice(Slice(cat([.. resultRows], 3), 3, 0, size.Height), 4, 0, size.Width);
    }

    private static void Blend(Tensor before, Tensor tile, int dimension, long extent)
    {
        extent = Math.Min(Math.Min(before.size(dimension), tile.size(dimension)), extent);
        for (var x = 0; x < extent; x++)
        {
            var share = (double)x / extent;
            var at = tile.narrow(dimension, x, 1);
            at.copy_(before.narrow(dimension, before.size(dimension) - extent + x, 1).Times(1 - share).Plus(at.Times(share)));
        }
    }

    private static Tensor Slice(Tensor tensor, int dimension, long start, long end) =>
        tensor.narrow(dimension, start, Math.Max(0, Math.Min(end, tensor.size(dimension)) - start));
}

using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Moves pixels that lie next to each other in time, height and width into channels, and back.</summary>
internal static class PixelShuffle
{
    /// <summary>
    /// [batch, channels, frames, height, width] to [batch, channels · t · h · w, frames / t, height / h, width / w]. The caller owns the result.
    /// </summary>
    /// <param name="video">Of sizes that can be divided.</param>
    /// <param name="by">t, h and w.</param>
    /// <param name="columnsFirst">Whether columns are before rows in the channels.</param>
    public static Tensor IntoChannels(Tensor video, (long Frames, long Rows, long Columns) by, bool columnsFirst = false)
    {
        using var scope = NewDisposeScope();
        var shape = video.shape;
        var split = video.reshape(
            shape[0], shape[1], shape[2] / by.Frames, by.Frames, shape[3] / by.Rows, by.Rows, shape[4] / by.Columns, by.Columns);
        var ordered = columnsFirst ? split.permute(0, 1, 3, 7, 5, 2, 4, 6) : split.permute(0, 1, 3, 5, 7, 2, 4, 6);
        return ordered.flatten(1, 4).MoveToOuterDisposeScope();
    }

    /// <summary>The way back. The caller owns the result.</summary>
    /// <param name="video">[batch, channels · t · h · w, frames, height, width]</param>
    /// <param name="by">t, h and w.</param>
    /// <param name="columnsFirst">Whether columns are before rows in the channels.</param>
    public static Tensor OutOfChannels(Tensor video, (long Frames, long Rows, long Columns) by, bool columnsFirst = false)
    {
        using var scope = NewDisposeScope();
        var shape = video.shape;
        var ordered = columnsFirst
            ? video.unflatten(1, [-1, by.Frames, by.Columns, by.Rows]).permute(0, 1, 5, 2, 6, 4, 7, 3)
            : video.unflatten(1, [-1, by.Frames, by.Rows, by.Columns]).permute(0, 1, 5, 2, 6, 3, 7, 4);
        return ordered.reshape(shape[0], -1, shape[2] * by.Frames, shape[3] * by.Rows, shape[4] * by.Columns).MoveToOuterDisposeScope();
    }
}

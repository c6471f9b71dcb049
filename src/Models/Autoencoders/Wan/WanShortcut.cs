using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Residuals past a change of size, which have no weights. Source: diffusers <c>models/autoencoders/autoencoder_kl_wan.py</c>, <c>AvgDown3D</c>
/// and <c>DupUp3D</c>.
/// </summary>
/// <param name="Channels">Of what comes out.</param>
/// <param name="Frames">By how much the frames change, 1 or 2.</param>
/// <param name="Size">By how much height and width change, 1 or 2.</param>
internal sealed record WanShortcut(long Channels, int Frames, int Size)
{
    /// <summary>By how much the numbers in a video change, but for channels.</summary>
    public static int Factor(bool changesFrames, bool changesSize) => (changesFrames ? 2 : 1) * (changesSize ? 4 : 1);

    /// <summary>
    /// Makes channels of the points that become one, and means of those that are too many. Zeros stand before frames that are too few. The
    /// caller owns the result.
    /// </summary>
    public Tensor Down(Tensor video)
    {
        using var scope = NewDisposeScope();
        var missing = (Frames - video.size(2) % Frames) % Frames;
        var whole = missing == 0 ? video : nn.functional.pad(video, [0, 0, 0, 0, missing, 0]);
        var (batch, frames, height, width) = (whole.size(0), whole.size(2) / Frames, whole.size(3) / Size, whole.size(4) / Size);
        return whole
            .reshape(batch, whole.size(1), frames, Frames, height, Size, width, Size)
            .permute(0, 1, 3, 5, 7, 2, 4, 6)
            .reshape(batch, Channels, -1, frames, height, width)
            .mean([2])
            .MoveToOuterDisposeScope();
    }

    /// <summary>What <see cref="Down"/> holds: what becomes one, side by side, and its means.</summary>
    public Footprint MeasureDown(Extent video, Extent output) => Footprint.Of(video).Then(video).Then(output);

    /// <summary>What <see cref="Up"/> holds: the repeated channels, and the same as points.</summary>
    public Footprint MeasureUp(Extent video, Extent output)
    {
        var all = output with { Frames = video.Frames * Frames };
        return Footprint.Of(video).Then(all).Then(all) with { Output = output };
    }

    /// <summary>Makes points of channels, after repeating those that are too few. The caller owns the result.</summary>
    /// <param name="video">[batch, channels, frames, height, width]</param>
    /// <param name="kept">How many of the last frames are kept: all but at the start of a video, whose first frame stays one.</param>
    public Tensor Up(Tensor video, long kept)
    {
        using var scope = NewDisposeScope();
        var (batch, frames, height, width) = (video.size(0), video.size(2), video.size(3), video.size(4));
        return video
            .repeat_interleave(Channels * Frames * Size * Size / video.size(1), 1)
            .reshape(batch, Channels, Frames, Size, Size, frames, height, width)
            .permute(0, 1, 5, 2, 6, 3, 7, 4)
            .reshape(batch, Channels, frames * Frames, height * Size, width * Size)
            .narrow(2, frames * Frames - kept, kept)
            .MoveToOuterDisposeScope();
    }
}

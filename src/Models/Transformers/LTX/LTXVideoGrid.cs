namespace Afterimage.Models;

/// <summary>The grid that packed latents come from, row by row and frame by frame.</summary>
/// <param name="NumFrames">The frames of the grid.</param>
/// <param name="Height">The rows of the grid.</param>
/// <param name="Width">The columns of the grid.</param>
/// <param name="RopeInterpolationScale">
/// How far apart frames (in seconds), rows and columns (in pixels) are. LTX's pipeline gives the autoencoder's compression of time
/// over the frames per second, and its compression of space: (8 / 25, 32, 32). <see langword="null"/> for positions 0, 1, 2, … that
/// nothing scales.
/// </param>
public sealed record LTXVideoGrid(
    long NumFrames, long Height, long Width, (double Frames, double Rows, double Columns)? RopeInterpolationScale = null)
{
    /// <summary>How many tokens it has.</summary>
    internal double Tokens => (double)NumFrames * Height * Width;
}

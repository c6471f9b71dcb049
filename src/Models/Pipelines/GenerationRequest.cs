namespace Afterimage.Models;

/// <summary>A generation with every size worked out and checked.</summary>
internal sealed record GenerationRequest
{
    /// <summary>In pixels.</summary>
    public required int Height { get; init; }

    /// <summary>In pixels.</summary>
    public required int Width { get; init; }

    /// <summary>As many frames as are asked for; 1 for a picture.</summary>
    public int Frames { get; init; } = 1;

    /// <summary>As many frames as come out at least: autoencoders make several at once.</summary>
    public int LeastFrames { get; init; } = 1;

    /// <summary>The shape of the latents, samples first.</summary>
    public required long[] LatentShape { get; init; }

    /// <summary>Frames, rows and columns of the latents of one sample, before they are packed into tokens.</summary>
    public required (int Frames, int Rows, int Columns) Grid { get; init; }

    /// <summary>The latent frames in front that only fill up the last patch, and are not decoded.</summary>
    public int AdditionalFrames { get; init; }

    /// <summary>The tokens that the latents of one sample are.</summary>
    public required double Tokens { get; init; }

    /// <summary>The number of tokens of every prompt, padding included.</summary>
    public required int TextLength { get; init; }

    /// <summary>How guidance reaches the model.</summary>
    public required GuidanceLayout Layout { get; init; }

    /// <summary>The samples.</summary>
    public long Batch => LatentShape[0];

    /// <summary>Whether there is guidance.</summary>
    public bool IsGuided => Layout != GuidanceLayout.None;
}

namespace Afterimage.Server;

/// <summary>The most that one request may ask for.</summary>
public sealed record RequestLimits
{
    /// <summary>Characters of a prompt.</summary>
    public int PromptLength { get; init; } = 4096;

    /// <summary>Denoising steps.</summary>
    public int Steps { get; init; } = 200;

    /// <summary>Frames of a film.</summary>
    public int Frames { get; init; } = 512;

    /// <summary>Pixels of a frame.</summary>
    public int Pixels { get; init; } = 2048 * 2048;

    /// <summary>Pictures of one request.</summary>
    public int Pictures { get; init; } = 10;

    /// <summary>Bytes of a body.</summary>
    public int BodyBytes { get; init; } = 256 << 10;

    /// <summary>How deep objects may lie in each other in JSON.</summary>
    public int JsonDepth { get; init; } = 16;
}

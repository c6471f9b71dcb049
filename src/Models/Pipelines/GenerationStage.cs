namespace Afterimage.Models;

/// <summary>What a generation does, in this order.</summary>
public enum GenerationStage
{
    /// <summary>The text encoder reads the prompts.</summary>
    Encoding,

    /// <summary>The transformer and the scheduler make latents out of noise.</summary>
    Denoising,

    /// <summary>The autoencoder makes frames out of latents.</summary>
    Decoding,
}

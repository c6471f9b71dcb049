namespace Afterimage;

/// <summary>What a site is, which decides the settings of a config that it takes.</summary>
public enum SiteKind
{
    /// <summary>Self-attention within a frame, or over space and time together.</summary>
    SpatialAttention,

    /// <summary>Self-attention over frames.</summary>
    TemporalAttention,

    /// <summary>Attention from latents to the prompt.</summary>
    CrossAttention,

    /// <summary>A feed-forward layer.</summary>
    FeedForward,

    /// <summary>A stack of blocks, which one loop of the model's body runs.</summary>
    BlockStack,

    /// <summary>A whole block. Its value is what it returns.</summary>
    BlockOutput,

    /// <summary>The layer that the model's output comes from.</summary>
    OutputProjection,

    /// <summary>The whole model. Its value is what the output is more than the latents.</summary>
    Model,

    /// <summary>A layer whose result is made of the prompt alone, and so is the same at every step.</summary>
    PromptProjection,

    /// <summary>
    /// The unconditional half of a guidance batch. Its value is what it is more than the conditional half, kept as low and high frequencies. A run has it whose
    /// layout is <see cref="GuidanceLayout.Batched"/>.
    /// </summary>
    Guidance,
}

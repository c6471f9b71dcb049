namespace Afterimage;

/// <summary>How classifier-free guidance reaches a model.</summary>
public enum GuidanceLayout
{
    /// <summary>One call a step, without guidance or with guidance distilled into the model.</summary>
    None,

    /// <summary>One call a step on a batch of [unconditional, conditional] along dimension 0.</summary>
    Batched,

    /// <summary>Two calls a step, under the cache contexts <c>"cond"</c> and <c>"uncond"</c>.</summary>
    Sequential,
}

namespace Afterimage;

/// <summary>
/// Marks the transformer whose forward passes a run counts. The generator implements <see cref="ICacheableModel"/> on it.
/// </summary>
/// <param name="guidanceLayout">How this model's pipeline gives it the two halves of classifier-free guidance; a run may say otherwise.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class CacheableModelAttribute(GuidanceLayout guidanceLayout = GuidanceLayout.Batched) : Attribute
{
    /// <summary>The layout a run has when it does not name one.</summary>
    public GuidanceLayout GuidanceLayout { get; } = guidanceLayout;
}

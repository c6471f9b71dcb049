namespace Afterimage;

/// <summary>Marks attention from latents to the encoded prompt.</summary>
/// <inheritdoc cref="SiteAttribute(string)"/>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class CrossAttentionAttribute(string member) : SiteAttribute(member);

namespace Afterimage;

/// <summary>Marks self-attention over the positions of a frame, or over space and time together.</summary>
/// <inheritdoc cref="SiteAttribute(string)"/>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class SpatialAttentionAttribute(string member) : SiteAttribute(member);

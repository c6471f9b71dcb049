namespace Afterimage;

/// <summary>Marks self-attention over frames, one position at a time.</summary>
/// <inheritdoc cref="SiteAttribute(string)"/>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class TemporalAttentionAttribute(string member) : SiteAttribute(member);

namespace Afterimage;

/// <summary>Marks a feed-forward (MLP) layer.</summary>
/// <inheritdoc cref="SiteAttribute(string)"/>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class FeedForwardAttribute(string member) : SiteAttribute(member);

namespace Afterimage;

/// <summary>Marks the layer that a model's output comes from, such as <c>proj_out</c>. Where it is skipped, nothing before it that only it reads runs.</summary>
/// <inheritdoc cref="SiteAttribute(string)"/>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class OutputProjectionAttribute(string member) : SiteAttribute(member);

namespace Afterimage;

/// <summary>
/// Base of the attributes that mark a <em>site</em>: a member of a transformer block, or of the model itself, whose output changes
/// little between denoising steps, so that a cached run may reuse it.
/// </summary>
/// <param name="member">
/// The field or property that holds the module, as <c>nameof(attn1)</c>. The class's <see cref="CachedForwardAttribute"/> body
/// calls it in exactly one top-level statement.
/// </param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public abstract class SiteAttribute(string member) : Attribute
{
    /// <summary>The name of the member that holds the module.</summary>
    public string Member { get; } = member;
}

namespace Afterimage;

/// <summary>
/// Marks the method that holds a block's or model's forward pass. The generator reads it as a program, emits one
/// straight-line variant of it per set of skipped sites, and implements the partial <c>forward</c> of the same signature.
/// </summary>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class CachedForwardAttribute : Attribute;

namespace Afterimage;

/// <summary>
/// Promises that a method only computes its result: a call whose result only a skipped site would have read may be left out.
/// </summary>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class NoSideEffectsAttribute : Attribute;

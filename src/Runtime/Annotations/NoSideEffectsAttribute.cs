namespace Afterimage;

/// <summary>
/// Promises that a method only computes its result: that it writes into no argument and keeps none, so that a call whose result only
/// a skipped site would have read may be left out; and that the tensors it returns have memory of their own: no argument, no view of
/// one, and nothing that is kept elsewhere. On a module's <c>forward</c> it speaks for <c>call</c> too.
/// </summary>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class NoSideEffectsAttribute : Attribute;

namespace Afterimage;

/// <summary>
/// Marks a tensor parameter of a model's forward that carries [unconditional, conditional] along dimension 0 under
/// <see cref="GuidanceLayout.Batched"/>, so that a forward without the unconditional half passes on the conditional half alone.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter, Inherited = false)]
public sealed class GuidanceBatchAttribute : Attribute;

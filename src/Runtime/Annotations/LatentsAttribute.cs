namespace Afterimage;

/// <summary>
/// Marks the tensor parameter of a model's forward that the output has the shape of. With it the whole model is a site (<see cref="SiteKind.Model"/>), whose
/// value is what the output is more than this input: a forward that skips it runs nothing.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter, Inherited = false)]
public sealed class LatentsAttribute : Attribute;

namespace Afterimage;

/// <summary>
/// Marks a tensor parameter of a model's forward that carries the encoded prompt. All that the model's <see cref="PromptProjectionAttribute"/> layers are given is
/// made of such parameters: a cached run compares them from forward to forward, and computes those layers anew where one differs.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter, Inherited = false)]
public sealed class PromptAttribute : Attribute;

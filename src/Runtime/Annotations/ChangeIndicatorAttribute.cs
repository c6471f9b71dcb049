namespace Afterimage;

/// <summary>
/// Marks the method of a <see cref="CacheableModelAttribute"/> class that tells how far the blocks' work has changed since the forward before: it returns a tensor that is
/// compared with its own value of then (<see cref="TeaCacheConfig"/>), such as the first block's modulated input. It is called before a forward's body, only where a
/// method asks for it, with those of the forward's arguments that its parameters name. What it returns is copied, and what tensors it makes are disposed of after that.
/// </summary>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class ChangeIndicatorAttribute : Attribute;

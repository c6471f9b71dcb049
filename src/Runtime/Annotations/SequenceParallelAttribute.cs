namespace Afterimage;

/// <summary>
/// Marks a sequence of tokens that ranks share (<see cref="ParallelLayout.Sequence"/>): a local variable of a model's <see cref="CachedForwardAttribute"/> body, a tensor
/// [batch, tokens, …]. The generated forward goes on with this rank's tokens after the statement that declares it; the one marked first is put together again after the
/// <see cref="OutputProjectionAttribute"/>. In between, tokens meet in layers marked <see cref="SpatialAttentionAttribute"/> only.
/// </summary>
/// <param name="variable">Its name.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class SequenceParallelAttribute(string variable) : Attribute
{
    /// <summary>The name of the variable.</summary>
    public string Variable { get; } = variable;
}

namespace Afterimage;

/// <summary>
/// Marks a stack of a model's blocks: a list of modules that one loop of the model's <see cref="CachedForwardAttribute"/> body runs one
/// after the other. A method may leave out the whole loop; what its blocks added to the loop's variables is then added again.
/// </summary>
/// <param name="member">
/// The field or property that holds the blocks, as <c>nameof(transformer_blocks)</c>. The body goes through it in exactly one top-level
/// <c>foreach</c> or <c>for</c>. Only a <c>foreach</c> over the member itself can also be left after its first blocks.
/// </param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class BlockStackAttribute(string member) : SiteAttribute(member);

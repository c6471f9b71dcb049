namespace Afterimage.Models;

/// <summary>A part that a pipeline's index names.</summary>
/// <param name="Name">Its key in the index, and the name of its folder.</param>
/// <param name="Classes">The classes that it may be of, as diffusers and transformers call them.</param>
public sealed record PipelinePart(string Name, params IReadOnlyList<string> Classes)
{
    /// <summary>Whether the index may have <c>[null, null]</c> in its place: a text encoder may be missing where embeddings are given.</summary>
    public bool IsOptional { get; init; }
}

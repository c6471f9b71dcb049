namespace Afterimage.Models;

/// <summary>How far the loading of weights has come.</summary>
/// <param name="Part">
/// Which part of a pipeline is being loaded, by its folder's name; <see langword="null"/> where a model is loaded by itself.
/// </param>
/// <param name="BytesRead">The bytes of weights read so far, of all parts.</param>
/// <param name="BytesTotal">The bytes of weights that will be read, of all parts.</param>
public sealed record LoadProgress(string? Part, long BytesRead, long BytesTotal);

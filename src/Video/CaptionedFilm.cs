namespace Afterimage.Video;

/// <summary>A film and what is written under it.</summary>
/// <param name="Film">The film.</param>
/// <param name="Caption">One line. Letters beyond ASCII may be missing from the font.</param>
public sealed record CaptionedFilm(Film Film, string Caption);

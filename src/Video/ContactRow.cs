namespace Afterimage.Video;

/// <summary>A row of a contact sheet: of each film the first frame.</summary>
internal sealed record ContactRow(string Caption, IReadOnlyList<Film> Films);

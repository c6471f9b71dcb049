namespace Afterimage.Tuning;

/// <summary>A cache that was measured beside searched plans.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Films">What was measured of each film, in the order of the prompts.</param>
/// <param name="HistoryBytes">What a run of it held.</param>
public sealed record ComparedCache(string Name, IReadOnlyList<FilmMeasures> Films, long HistoryBytes);

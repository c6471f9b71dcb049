namespace Afterimage.Tuning;

/// <summary>How far measuring has come.</summary>
/// <param name="What">What the film that is being made is for.</param>
/// <param name="Film">How many films are done.</param>
/// <param name="Films">How many there will be.</param>
/// <param name="Step">How many steps of this film are done.</param>
/// <param name="Steps">How many it has.</param>
public sealed record TuningProgress(string What, int Film, int Films, int Step, int Steps);

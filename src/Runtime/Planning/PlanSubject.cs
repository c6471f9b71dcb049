namespace Afterimage;

/// <summary>What a plan was made for, and is refused elsewhere.</summary>
/// <param name="Model">The digest of the model that it was measured on: <see cref="ModelDigest"/>.</param>
/// <param name="Scheduler">The class of the scheduler, under diffusers' name; empty where any will do.</param>
/// <param name="Height">The height of the frames in pixels; 0 where any will do.</param>
/// <param name="Width">Their width in pixels; 0 where any will do.</param>
/// <param name="Frames">How many there are; 0 where any number will do.</param>
public sealed record PlanSubject(string Model, string Scheduler = "", int Height = 0, int Width = 0, int Frames = 0);

namespace Afterimage.Server.Jobs;

/// <summary>What was worked out of a request before it was taken.</summary>
/// <param name="Height">In pixels.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Frames">As many as are asked for; 1 of a picture.</param>
/// <param name="Flops">Floating-point operations of all denoising steps, without those that the cache's plan skips.</param>
[GenerateSerializer]
internal sealed record JobSizes(int Height, int Width, int Frames, double Flops);

namespace Afterimage;

/// <summary>What a weight callback is asked about: one skipped site, or the skipped guidance half, of one forward.</summary>
/// <param name="Index">Which forward of its cache context this is, from 0: the step of the denoising loop.</param>
/// <param name="Timestep">The timestep of the forward.</param>
/// <param name="Site">The skipped site, or <see langword="null"/> where the weight is one of guidance.</param>
public readonly record struct CacheStep(int Index, double Timestep, CacheSite? Site);

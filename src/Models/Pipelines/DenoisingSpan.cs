namespace Afterimage.Models;

/// <summary>The steps that one transformer makes.</summary>
/// <param name="Model">The transformer.</param>
/// <param name="First">Its first step.</param>
/// <param name="End">The step after its last.</param>
internal readonly record struct DenoisingSpan(ICacheableModel Model, int First, int End)
{
    /// <summary>Its share of a run's timesteps.</summary>
    public IReadOnlyList<double> Of(IReadOnlyList<double> timesteps) => [.. timesteps.Take(End).Skip(First)];
}

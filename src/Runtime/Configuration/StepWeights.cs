using System.Collections.Immutable;

namespace Afterimage.Configuration;

/// <summary>What stands behind a callback that is a table; a config's writer finds it as the callback's target.</summary>
internal sealed class StepWeights
{
    public StepWeights(IReadOnlyList<double> weights)
    {
        if (weights.Count == 0)
            throw new ArgumentException("There must be one weight per step, and there is none.", nameof(weights));
        foreach (var weight in weights)
        {
            if (!double.IsFinite(weight))
                throw new ArgumentException($"A weight is {weight}; weights are finite numbers.", nameof(weights));
        }
        Values = [.. weights];
    }

    public ImmutableArray<double> Values { get; }

    public double At(CacheStep step) => step.Index < Values.Length
        ? Values[step.Index]
        : throw new InvalidOperationException(
            $"There are weights for {Values.Length} steps, and step {step.Index} (timestep {step.Timestep}) asks for one more. " +
            "Give one weight per step of the run.");
}

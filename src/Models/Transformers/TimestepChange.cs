using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>How much the embedding of a timestep changes from step to step: TeaCache's indicator where it is of time alone.</summary>
internal static class TimestepChange
{
    /// <summary>Per step, the mean distance from the embedding before over its mean size; 0 for the first.</summary>
    /// <param name="timesteps">The timesteps of a run.</param>
    /// <param name="model">Whose device they are embedded on.</param>
    /// <param name="embed">Embeds [steps] as [steps, dim].</param>
    /// <exception cref="ArgumentException">There are no timesteps.</exception>
    public static IReadOnlyList<double> Of(IReadOnlyList<double> timesteps, Module model, Func<Tensor, Tensor> embed)
    {
        if (timesteps.Count == 0)
            throw new ArgumentException("expected the timesteps of a run, and there are none", nameof(timesteps));
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var times = HostTraffic.Sent(timesteps.Select(timestep => (float)timestep).ToArray(), model.parameters().First().device);
        var embedded = embed(times).to(ScalarType.Float32);
        var (before, after) = (embedded.narrow(0, 0, timesteps.Count - 1), embedded.narrow(0, 1, timesteps.Count - 1));
        var changes = after.Minus(before).abs().mean([1]).Over(before.abs().mean([1])).MovedTo(CPU).data<float>();
        return [0, .. changes.Select(change => (double)change)];
    }
}

using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What a scheduler's step gives. Both tensors are the caller's.</summary>
/// <param name="PrevSample">The sample at the next, less noisy timestep.</param>
/// <param name="PredOriginalSample">The sample without noise, as this step predicts it.</param>
public readonly record struct SchedulerOutput(Tensor PrevSample, Tensor PredOriginalSample) : IDisposable
{
    /// <summary>Frees both tensors.</summary>
    public void Dispose()
    {
        PrevSample.Dispose();
        PredOriginalSample.Dispose();
    }
}

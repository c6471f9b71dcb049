using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary>A scheduler of a recording, stepped by number. Each scheduler class needs one entry in <see cref="Create"/>.</summary>
/// <param name="timesteps">Its timesteps.</param>
/// <param name="step">Makes the next sample, in the current dispose scope, from a model output, a step, a sample and recorded noise.</param>
/// <param name="free">Frees what it keeps between steps.</param>
internal sealed class RecordedScheduler(
    IReadOnlyList<double> timesteps, Func<Tensor, int, Tensor, Tensor?, Tensor> step, Action? free = null) : IDisposable
{
    public IReadOnlyList<double> Timesteps => timesteps;

    /// <summary>Builds the scheduler and sets its timesteps.</summary>
    /// <exception cref="NotSupportedException">There is no such scheduler here, or it cannot be set up as recorded.</exception>
    public static RecordedScheduler Create(SchedulerRecording recording)
    {
        var config = recording.Config.GetRawText();
        return recording.Class switch
        {
            nameof(CogVideoXDDIMScheduler) => RecordedAlphaScheduler.Of(CogVideoXDDIMScheduler.FromJson(config), recording),
            nameof(CogVideoXDPMScheduler) => RecordedAlphaScheduler.Of(CogVideoXDPMScheduler.FromJson(config), recording),
            nameof(DDIMScheduler) => RecordedAlphaScheduler.Of(DDIMScheduler.FromJson(config), recording),
            nameof(FlowMatchEulerDiscreteScheduler) => RecordedFlowScheduler.Of(FlowMatchEulerDiscreteScheduler.FromJson(config), recording),
            nameof(UniPCMultistepScheduler) => RecordedUniPCScheduler.Of(UniPCMultistepScheduler.FromJson(config), recording),
            var other => throw new NotSupportedException($"the scheduler class {other} does not exist here"),
        };
    }

    /// <summary>The sample after <paramref name="index"/>. <paramref name="noise"/> is what was recorded for that step, if any.</summary>
    public Tensor Step(Tensor modelOutput, int index, Tensor sample, Tensor? noise) => step(modelOutput, index, sample, noise);

    /// <inheritdoc/>
    public void Dispose() => free?.Invoke();
}

using static TorchSharp.torch;

namespace Afterimage.Kernels.Launch;

/// <summary>Records what a body asks of a device, so that the device can do it again without the body.</summary>
internal abstract class StepRecorder
{
    /// <summary>Runs a body that has run before, without its operations taking effect. What it made once before must still be there.</summary>
    /// <returns>For the caller to dispose of; <see langword="null"/>, after a warning, where the body cannot be recorded.</returns>
    public abstract RecordedStep? Record(Func<Tensor> body);
}

using static TorchSharp.torch;

namespace Afterimage.Kernels.Launch;

/// <summary>A body that has been recorded: the same operations on the same memory, whenever it is replayed.</summary>
/// <param name="output">What the body gives, outside every dispose scope. This owns it.</param>
internal abstract class RecordedStep(Tensor output) : IDisposable
{
    /// <summary>Where every replay writes what the body gives.</summary>
    public Tensor Output { get; } = output;

    /// <summary>Has the device do it, after what was asked of it before and before what is asked next.</summary>
    public abstract void Replay();

    /// <inheritdoc/>
    public virtual void Dispose() => Output.Dispose();
}

using System.Diagnostics;
using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary>What a limit is made of.</summary>
internal enum WorkKind
{
    /// <summary>Linear layers and convolutions.</summary>
    Layer,

    /// <summary>Scaled dot product attention.</summary>
    Attention,

    /// <summary>A tensor read and written once, by torch's copy.</summary>
    Pass,
}

/// <summary>A piece of a step's work, done alone on tensors of the same sizes.</summary>
/// <param name="kind">What it is.</param>
/// <param name="flops">Its floating-point operations; none of a pass.</param>
/// <param name="bytes">Of a pass, the bytes that are read, and as many are written.</param>
/// <param name="inputs">What it works on, which it owns.</param>
internal abstract class LoneWork(WorkKind kind, long flops, long bytes, params IReadOnlyList<Tensor> inputs) : IDisposable
{
    public WorkKind Kind => kind;

    public long Flops => flops;

    public long Bytes => bytes;

    /// <summary>What it works on.</summary>
    protected IReadOnlyList<Tensor> Inputs => inputs;

    /// <summary>How long it takes where what it reads was in use just before, as it was in a step.</summary>
    public double Seconds()
    {
        using var scope = NewDisposeScope();
        return Math.Min(Once(), Once());

        double Once()
        {
            var started = Stopwatch.GetTimestamp();
            Do();
            return Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var input in inputs)
            input.Dispose();
    }

    /// <summary>Does it once, with results in the current dispose scope.</summary>
    protected abstract void Do();

    /// <summary>The same numbers, laid out one after another: what strides cost is no part of a limit. Owned by the caller, outside of dispose scopes.</summary>
    protected static Tensor Copy(Tensor tensor) => empty(tensor.shape, tensor.dtype, tensor.device).copy_(tensor).DetachFromDisposeScope();
}

using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>
/// The last values of one tensor of a site's result: a ring of contiguous buffers that belong to the run, outside every
/// dispose scope and outside autograd.
/// </summary>
internal sealed class TensorHistory(int generations) : IDisposable
{
    private readonly Tensor?[] _ring = new Tensor?[generations];
    private int _newest = -1;

    /// <summary>The bytes of the buffers made so far.</summary>
    public long Bytes => _ring.Sum(buffer => buffer is null ? 0 : buffer.numel() * buffer.element_size());

    /// <summary>Whether <paramref name="count"/> values are kept.</summary>
    public bool Holds(int count) => _ring.Count(buffer => buffer is not null) >= count;

    /// <summary>The shape of the values kept so far, if there are any.</summary>
    public long[]? Shape => _ring.FirstOrDefault(buffer => buffer is not null)?.shape;

    /// <summary>Copies <paramref name="value"/> over the oldest buffer, which becomes the newest.</summary>
    public void Store(Tensor value)
    {
        var next = (_newest + 1) % _ring.Length;
        var buffer = _ring[next] ??= NewBuffer(value);
        buffer.copy_(value);
        _newest = next;
    }

    /// <summary>The newest value, as a fresh view in the current dispose scope.</summary>
    public Tensor Reuse() => _ring[_newest]!.alias();

    /// <summary>
    /// Combines the newest values into one that takes the place of the oldest, and returns a fresh view of it in the current
    /// dispose scope.
    /// </summary>
    public Tensor Combine(ReadOnlySpan<double> coefficients)
    {
        var history = new Tensor[coefficients.Length];
        for (var age = 0; age < history.Length; age++)
            history[age] = _ring[Index(age)]!;
        if (history.Length < _ring.Length)
        {
            // What is read last stays in the ring: its copy, in the place of the oldest, is what the combination is written over.
            Store(history[^1]);
            history[^1] = _ring[_newest]!;
        }
        else
        {
            _newest = Index(history.Length - 1);
        }

        Kernels.Combine.IntoOldest(history, coefficients);
        return Reuse();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in _ring)
            buffer?.Dispose();
        Array.Clear(_ring);
        _newest = -1;
    }

    private int Index(int age) => (_newest - age + _ring.Length) % _ring.Length;

    private static Tensor NewBuffer(Tensor like)
    {
        // A buffer made in inference mode could not be written to outside of it.
        using var normalMode = inference_mode(false);
        return empty(like.shape, like.dtype, like.device).DetachFromDisposeScope();
    }
}

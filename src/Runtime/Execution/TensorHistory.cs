using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>
/// What is kept of one tensor of a site's result: buffers that belong to the run, outside every dispose scope and outside autograd, in the layout's type. They
/// are a ring of the last values, or the newest value and its differences.
/// </summary>
internal sealed class TensorHistory(SlotLayout layout) : IDisposable
{
    private readonly SlotBuffer?[] _buffers = new SlotBuffer?[layout.Values];
    private ScalarType _native;
    private int _newest = -1;

    /// <summary>The bytes of the buffers made so far.</summary>
    public long Bytes => _buffers.Sum(buffer => buffer?.Bytes ?? 0);

    /// <summary>Whether <paramref name="count"/> values or orders of differences are kept.</summary>
    public bool Holds(int count) => _buffers.Count(buffer => buffer is not null) >= count;

    /// <summary>The shape of the values kept so far, if there are any.</summary>
    public long[]? Shape => _buffers.FirstOrDefault(buffer => buffer is not null)?.Values.shape;

    /// <summary>The bytes that the buffers will have for values like this one.</summary>
    public long BytesFor(Tensor value) => layout.Values * (
        (value.numel() * (layout.Dtype.ElementSize() ?? value.element_size()))
        + (layout.Dtype.IsScaled() ? value.numel() / Math.Max(1, value.size(-1)) * sizeof(float) : 0));

    /// <summary>Keeps a copy of a value: over the oldest, or with its differences from those kept before.</summary>
    /// <param name="value">The value.</param>
    /// <param name="interval">How many forwards it comes after the one kept before.</param>
    public void Store(Tensor value, int interval = 0)
    {
        _native = value.dtype;
        if (layout.HoldsDifferences)
            Differentiate(value, interval);
        else
            Push(value);
    }

    /// <summary>The newest value, as a fresh view in the current dispose scope; a copy where it is kept in another type than it came in.</summary>
    public Tensor Reuse() => _buffers[layout.HoldsDifferences ? 0 : _newest]!.Read(_native);

    /// <summary>
    /// Combines the newest values into one that takes the place of the oldest, and returns a fresh view of it in the current
    /// dispose scope.
    /// </summary>
    public Tensor Combine(ReadOnlySpan<double> coefficients)
    {
        if (layout.Dtype.IsScaled())
        {
            using var value = Predict(coefficients);
            Push(value);
            return Reuse();
        }
        var history = Newest(coefficients.Length);
        if (history.Length < _buffers.Length)
        {
            // What is read last stays in the ring: the combination is written over a copy of it, in the place of the oldest.
            Push(history[^1]);
            history[^1] = _buffers[_newest]!.Values;
        }
        else
        {
            _newest = Index(history.Length - 1);
        }

        Kernels.Combine.IntoOldest(history, coefficients);
        return Reuse();
    }

    /// <summary>Combines the newest values, or the value and its differences, and leaves them as they are. A fresh tensor in the current dispose scope.</summary>
    public Tensor Predict(ReadOnlySpan<double> coefficients)
    {
        using var scope = NewDisposeScope();
        var history = new Tensor[coefficients.Length];
        for (var age = 0; age < history.Length; age++)
            history[age] = BufferAt(age).Read(_native);
        if (!layout.Dtype.IsScaled())
            history[^1] = history[^1].clone();
        Kernels.Combine.IntoOldest(history, coefficients);
        return history[^1].MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in _buffers)
            buffer?.Dispose();
        Array.Clear(_buffers);
        _newest = -1;
    }

    /// <summary>Fʲ⁺¹ = (Fʲ − the Fʲ before) / interval, from F⁰ = value: each is rounded to the buffers' type only once it is kept.</summary>
    private void Differentiate(Tensor value, int interval)
    {
        using var scope = NewDisposeScope();
        var difference = value;
        for (var order = 0; order < _buffers.Length; order++)
        {
            var before = interval > 0 && order + 1 < _buffers.Length ? _buffers[order] : null;
            var next = before is null ? null : difference.Minus(before.Read(_native)).Over(interval);
            Write(order, difference);
            if (next is null)
                return;
            difference = next;
        }
    }

    private void Push(Tensor value)
    {
        var next = (_newest + 1) % _buffers.Length;
        Write(next, value);
        _newest = next;
    }

    private void Write(int index, Tensor value) => (_buffers[index] ??= new SlotBuffer(layout.Dtype, value)).Write(value);

    /// <summary>The newest first, or the value and its differences.</summary>
    private Tensor[] Newest(int count)
    {
        var history = new Tensor[count];
        for (var age = 0; age < count; age++)
            history[age] = BufferAt(age).Values;
        return history;
    }

    private SlotBuffer BufferAt(int age) => _buffers[layout.HoldsDifferences ? age : Index(age)]!;

    private int Index(int age) => (_newest - age + _buffers.Length) % _buffers.Length;
}

using Afterimage.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>The memory of what is kept of one tensor, outside every dispose scope, in a slot's type, with a scale per row where that has 8 bits.</summary>
internal sealed class SlotBuffer : IDisposable
{
    private readonly SlotDtype _dtype;
    private readonly bool _isPinned;
    private readonly Ring? _scales;

    /// <param name="layout">How many values, and of which type.</param>
    /// <param name="like">A tensor of the shape that is kept.</param>
    /// <param name="isElsewhere">Whether values are kept in the host's memory and copied from and to where they are used.</param>
    public SlotBuffer(SlotLayout layout, Tensor like, bool isElsewhere)
    {
        _dtype = layout.Dtype;
        (Shape, Device, IsElsewhere) = (like.shape, like.device, isElsewhere);
        _isPinned = isElsewhere && like.device_type == DeviceType.CUDA;
        Values = Make(Shape, _dtype.StoredType() ?? like.dtype);
        if (_dtype.IsScaled())
            _scales = Make([.. Shape.AsSpan(0, Shape.Length - 1), 1], ScalarType.Float32);

        Ring Make(long[] shape, ScalarType type) => new(layout.Values, shape, type, isElsewhere ? CPU : Device, _isPinned);
    }

    /// <summary>Of each value.</summary>
    public long[] Shape { get; }

    /// <summary>Where the values come from, and are handed out.</summary>
    public Device Device { get; }

    /// <summary>Whether the values lie in other memory than they are used in.</summary>
    public bool IsElsewhere { get; }

    /// <summary>The values; their codes where they have a scale.</summary>
    public Ring Values { get; }

    /// <summary>The type that values are held in; <see langword="null"/> where they are codes.</summary>
    public ScalarType? Dtype => _scales is null ? Values.Whole.dtype : null;

    /// <summary>The bytes held.</summary>
    public long Bytes => Values.Bytes + (_scales?.Bytes ?? 0);

    /// <summary>Copies a tensor over a value, rounded to the slot's type.</summary>
    public void Write(int place, Tensor value)
    {
        if (Dtype is { } type)
        {
            // What travels is of the slot's type; torch would have the host round it, and wait.
            using var rounded = IsElsewhere ? value.to(type) : value.alias();
            Values[place].Copy_(rounded, _isPinned);
            return;
        }
        using var scope = NewDisposeScope();
        var (codes, scales) = EightBits.Encode(value, _dtype);
        Values[place].Copy_(codes, _isPinned);
        _scales![place].Copy_(scales, _isPinned);
    }

    /// <summary>A value in a type: a fresh view where it is held in it, a fresh copy otherwise. In the current dispose scope.</summary>
    public Tensor Read(int place, ScalarType dtype)
    {
        if (Dtype == dtype)
            return Here(Values[place]);
        using var values = Here(Values[place]);
        if (_scales is null)
            return values.to(dtype);
        using var scales = Here(_scales[place]);
        return EightBits.Decode(values, scales, _dtype, dtype);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Values.Dispose();
        _scales?.Dispose();
    }

    /// <summary>What is held, where it is used: a view, or a copy. The copies of a run follow each other in its stream, so the host waits for none.</summary>
    private Tensor Here(Tensor held)
    {
        if (!IsElsewhere)
            return held.alias();
        var here = empty(held.shape, held.dtype, Device);
        here.Copy_(held, _isPinned);
        return here;
    }
}

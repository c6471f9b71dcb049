using Afterimage.Kernels;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>The memory of what is kept of one tensor, outside every dispose scope, in a slot's type, with a scale per row where that has 8 bits.</summary>
internal sealed class SlotBuffer : IDisposable
{
    private readonly SlotDtype _dtype;
    private readonly Ring? _scales;

    /// <param name="layout">How many values, and of which type.</param>
    /// <param name="like">A tensor of the shape that is kept.</param>
    public SlotBuffer(SlotLayout layout, Tensor like)
    {
        _dtype = layout.Dtype;
        (Shape, Device) = (like.shape, like.device);
        Values = new Ring(layout.Values, Shape, _dtype.StoredType() ?? like.dtype, Device);
        if (_dtype.IsScaled())
            _scales = new Ring(layout.Values, [.. Shape.AsSpan(0, Shape.Length - 1), 1], ScalarType.Float32, Device);
    }

    /// <summary>Of each value.</summary>
    public long[] Shape { get; }

    /// <summary>Where the values come from, and are handed out.</summary>
    public Device Device { get; }

    /// <summary>The values; their codes where they have a scale.</summary>
    public Ring Values { get; }

    /// <summary>The type that values are held in; <see langword="null"/> where they are codes.</summary>
    public ScalarType? Dtype => _scales is null ? Values.Whole.dtype : null;

    /// <summary>The bytes held.</summary>
    public long Bytes => Values.Bytes + (_scales?.Bytes ?? 0);

    /// <summary>Copies a tensor over a value, rounded to the slot's type.</summary>
    public void Write(int place, Tensor value)
    {
        if (_scales is null)
        {
            Values[place].copy_(value);
            return;
        }
        using var scope = NewDisposeScope();
        var (codes, scales) = EightBits.Encode(value, _dtype);
        Values[place].copy_(codes);
        _scales[place].copy_(scales);
    }

    /// <summary>A value in a type: a fresh view where it is held in it, a fresh copy otherwise. In the current dispose scope.</summary>
    public Tensor Read(int place, ScalarType dtype) =>
        _scales is not null ? EightBits.Decode(Values[place], _scales[place], _dtype, dtype)
        : Dtype == dtype ? Values[place].alias()
        : Values[place].to(dtype);

    /// <inheritdoc/>
    public void Dispose()
    {
        Values.Dispose();
        _scales?.Dispose();
    }
}

using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>One kept tensor: a contiguous buffer outside every dispose scope, in a slot's type, with a scale per row where that has 8 bits.</summary>
internal sealed class SlotBuffer : IDisposable
{
    private readonly SlotDtype _dtype;
    private readonly Tensor? _scales;

    /// <param name="dtype">The slot's type.</param>
    /// <param name="like">A tensor of the shape that is kept.</param>
    public SlotBuffer(SlotDtype dtype, Tensor like)
    {
        _dtype = dtype;
        // A buffer made in inference mode could not be written to outside of it.
        using var normalMode = inference_mode(false);
        var type = dtype switch
        {
            SlotDtype.Float32 => ScalarType.Float32,
            SlotDtype.Float16 => ScalarType.Float16,
            SlotDtype.BFloat16 => ScalarType.BFloat16,
            SlotDtype.Float8E4M3 => ScalarType.Byte,
            SlotDtype.Int8 => ScalarType.Int8,
            _ => like.dtype,
        };
        Values = empty(like.shape, type, like.device).DetachFromDisposeScope();
        if (dtype.IsScaled())
            _scales = empty([.. like.shape.AsSpan(0, (int)like.dim() - 1), 1], ScalarType.Float32, like.device).DetachFromDisposeScope();
    }

    /// <summary>The values; their codes where they have a scale.</summary>
    public Tensor Values { get; }

    /// <summary>The bytes held.</summary>
    public long Bytes => (Values.numel() * Values.element_size()) + (_scales is null ? 0 : _scales.numel() * sizeof(float));

    /// <summary>Copies a tensor over the values, rounded to the slot's type.</summary>
    public void Write(Tensor value)
    {
        if (_scales is null)
        {
            Values.copy_(value);
            return;
        }
        using var scope = NewDisposeScope();
        var (codes, scales) = EightBits.Encode(value, _dtype);
        Values.copy_(codes);
        _scales.copy_(scales);
    }

    /// <summary>The values in a type: a fresh view where they are held in it, a fresh copy otherwise. In the current dispose scope.</summary>
    public Tensor Read(ScalarType dtype) =>
        _scales is not null ? EightBits.Decode(Values, _scales, _dtype, dtype)
        : Values.dtype == dtype ? Values.alias()
        : Values.to(dtype);

    /// <inheritdoc/>
    public void Dispose()
    {
        Values.Dispose();
        _scales?.Dispose();
    }
}

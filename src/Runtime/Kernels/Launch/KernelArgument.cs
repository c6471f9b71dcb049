using static TorchSharp.torch;

namespace Afterimage.Kernels.Launch;

/// <summary>One argument of a kernel: some elements in a tensor's memory, or a number.</summary>
internal readonly record struct KernelArgument
{
    private KernelArgument(KernelArgumentKind kind) => Kind = kind;

    /// <summary>Which of the others is meant.</summary>
    public KernelArgumentKind Kind { get; }

    /// <summary>Of the first element.</summary>
    public nint Address { get; private init; }

    /// <summary>Elements.</summary>
    public long Length { get; private init; }

    /// <summary>Bytes per element.</summary>
    public int ElementSize { get; private init; }

    /// <summary>A whole number.</summary>
    public int Int32 { get; private init; }

    /// <summary>A number.</summary>
    public float Single { get; private init; }

    /// <summary>Borrows a tensor's memory; the tensor must live until the launch has returned.</summary>
    public static KernelArgument View(Tensor tensor) => new(KernelArgumentKind.View)
    {
        Address = TensorMemory.AddressOf(tensor),
        Length = tensor.numel(),
        ElementSize = (int)tensor.element_size(),
    };

    public static implicit operator KernelArgument(int value) => new(KernelArgumentKind.Int32) { Int32 = value };

    /// <summary>The nearest float32.</summary>
    public static implicit operator KernelArgument(double value) => new(KernelArgumentKind.Single) { Single = (float)value };

    /// <summary>Whether packs of some elements may be read at the view's address, as vectors demand.</summary>
    public bool IsAligned(int pack) => Kind != KernelArgumentKind.View || Address % (ElementSize * pack) == 0;

    /// <summary>Some of a view's elements, taken together in packs; a number stays as it is.</summary>
    public KernelArgument Slice(long start, long length, int pack) => Kind != KernelArgumentKind.View ? this : this with
    {
        Address = Address + (nint)(start * ElementSize),
        Length = length / pack,
        ElementSize = ElementSize * pack,
    };
}

/// <summary>What a <see cref="KernelArgument"/> is.</summary>
internal enum KernelArgumentKind
{
    View,
    Int32,
    Single,
}

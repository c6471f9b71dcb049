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

    /// <summary>Elements of one row; most views are of one row.</summary>
    public long RowLength { get; private init; }

    /// <summary>Bytes per element.</summary>
    public int ElementSize { get; private init; }

    /// <summary>A whole number.</summary>
    public int Int32 { get; private init; }

    /// <summary>A distance in a view, in elements.</summary>
    public long Distance { get; private init; }

    /// <summary>A number.</summary>
    public float Single { get; private init; }

    /// <summary>Borrows a tensor's memory; the tensor must live until the launch has returned.</summary>
    public static KernelArgument View(Tensor tensor) => Memory(KernelArgumentKind.View, tensor, rows: 1);

    /// <summary>As <see cref="View"/>, of several tensors along dimension 0: a thread's index is its place in each of them.</summary>
    public static KernelArgument Rows(Tensor tensor) => Memory(KernelArgumentKind.View, tensor, tensor.shape[0]);

    /// <summary>As <see cref="View"/>, of what all threads read in the same way, whatever their index.</summary>
    public static KernelArgument Table(Tensor tensor) => Memory(KernelArgumentKind.Table, tensor, rows: 1);

    /// <summary>From one row of a view to the next.</summary>
    public static KernelArgument Stride(long elements) => new(KernelArgumentKind.Stride) { Distance = elements };

    public static implicit operator KernelArgument(int value) => new(KernelArgumentKind.Int32) { Int32 = value };

    /// <summary>The nearest float32.</summary>
    public static implicit operator KernelArgument(double value) => new(KernelArgumentKind.Single) { Single = (float)value };

    /// <summary>Whether packs of some elements may be read at the address of every row, as vectors demand.</summary>
    public bool IsAligned(int pack) =>
        Kind != KernelArgumentKind.View || (Address % (ElementSize * pack) == 0 && (RowLength == Length || RowLength % pack == 0));

    /// <summary>Some elements of every row of a view, taken together in packs; numbers and tables stay as they are.</summary>
    public KernelArgument Slice(long start, long length, int pack) => Kind switch
    {
        KernelArgumentKind.View => this with
        {
            Address = Address + (nint)(start * ElementSize),
            Length = (Length - RowLength + length) / pack,
            RowLength = length / pack,
            ElementSize = ElementSize * pack,
        },
        KernelArgumentKind.Stride => Stride(Distance / pack),
        _ => this,
    };

    private static KernelArgument Memory(KernelArgumentKind kind, Tensor tensor, long rows) => new(kind)
    {
        Address = TensorMemory.AddressOf(tensor),
        Length = tensor.numel(),
        RowLength = tensor.numel() / rows,
        ElementSize = (int)tensor.element_size(),
    };
}

/// <summary>What a <see cref="KernelArgument"/> is.</summary>
internal enum KernelArgumentKind
{
    View,
    Table,
    Stride,
    Int32,
    Single,
}

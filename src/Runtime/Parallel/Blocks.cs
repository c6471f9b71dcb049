namespace Afterimage;

/// <summary>A tensor's memory, cut into one block after another: the first for or from rank 0. Good while the caller holds the tensor.</summary>
/// <param name="address">Of the first block.</param>
/// <param name="counts">The elements of each.</param>
/// <param name="elementSize">The bytes of an element.</param>
internal readonly ref struct Blocks(nint address, ReadOnlySpan<long> counts, long elementSize)
{
    private readonly ReadOnlySpan<long> _counts = counts;

    /// <summary>Where the first block begins.</summary>
    public nint Address => address;

    /// <summary>The bytes of each block.</summary>
    public long[] Bytes()
    {
        var bytes = new long[_counts.Length];
        for (var rank = 0; rank < bytes.Length; rank++)
            bytes[rank] = _counts[rank] * elementSize;
        return bytes;
    }

    /// <summary>Where each block begins, in bytes from <see cref="Address"/>.</summary>
    public long[] Offsets()
    {
        var offsets = new long[_counts.Length];
        for (var rank = 1; rank < offsets.Length; rank++)
            offsets[rank] = offsets[rank - 1] + _counts[rank - 1] * elementSize;
        return offsets;
    }
}

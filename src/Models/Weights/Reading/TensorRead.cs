using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>A tensor of a file, and the tensor of its shape that it is read into.</summary>
internal sealed record TensorRead(SafetensorsFile File, SafetensorsEntry Entry, Tensor Destination)
{
    /// <summary>What is read at a time: the grain of progress and cancellation.</summary>
    public const int ChunkBytes = 4 << 20;

    /// <summary>The bytes that an element takes, in the file or where it is read to.</summary>
    private int LargestElement => Math.Max(SafetensorsDtype.Size(Entry.Dtype), (int)Destination.element_size());

    /// <summary>Its parts in order, for a contiguous destination; none of which takes more than <see cref="ChunkBytes"/> before or after its conversion.</summary>
    public IEnumerable<TensorChunk> Chunks()
    {
        var step = ChunkBytes / LargestElement;
        for (long start = 0, count = Destination.NumberOfElements; start < count; start += step)
            yield return new TensorChunk(this, start, (int)Math.Min(step, count - start));
    }
}

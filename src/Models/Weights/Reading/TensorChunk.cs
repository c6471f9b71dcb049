using Afterimage.Native;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Elements of a tensor of a file that are read at once, by any thread.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Start">The first element.</param>
/// <param name="Count">How many.</param>
internal readonly record struct TensorChunk(TensorRead Tensor, long Start, int Count)
{
    /// <summary>torch converts no more elements than these in one thread, and its threads are busy reading.</summary>
    private const int ConvertedAtOnce = 32768;

    /// <summary>The bytes that are read of the file.</summary>
    public long Bytes => (long)Count * SourceSize;

    private int SourceSize => SafetensorsDtype.Size(Tensor.Entry.Dtype);

    /// <summary>Reads the elements to where they belong, converted.</summary>
    /// <param name="staging">Where they are put together for a device; <see langword="null"/> where they are read to the host's memory.</param>
    public void Read(HostStaging? staging)
    {
        // The mode is a thread's own, and in this one all may be written to that any other mode made.
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var target = Tensor.Destination.detach().view(-1).narrow(0, Start, Count);
        if (staging is null)
        {
            FreshMemory.Populate(target);
            Fill(target);
            return;
        }
        var staged = staging.Next(target.dtype).narrow(0, 0, Count);
        Fill(staged);
        staging.Copy(staged, target);
    }

    private void Fill(Tensor target)
    {
        if (target.dtype == Tensor.Entry.Dtype)
        {
            ReadInto(target, Start);
            return;
        }
        using var source = empty([Math.Min(ConvertedAtOnce, Count)], dtype: Tensor.Entry.Dtype, device: CPU);
        for (var done = 0; done < Count; done += ConvertedAtOnce)
        {
            var count = Math.Min(ConvertedAtOnce, Count - done);
            using var part = source.narrow(0, 0, count);
            using var place = target.narrow(0, done, count);
            ReadInto(part, Start + done);
            place.Copy_(part).Dispose();
        }
    }

    private void ReadInto(Tensor target, long first) => Tensor.File.Read(Tensor.Entry, target.bytes, first * SourceSize);
}

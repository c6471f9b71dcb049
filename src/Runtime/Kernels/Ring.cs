using Afterimage.Kernels.Launch;
using static TorchSharp.torch;

namespace Afterimage.Kernels;

/// <summary>
/// Tensors alike, one behind the other in one memory, so that a kernel can be given any number of them. Counted by age from the newest: the oldest is the one
/// that is written next.
/// </summary>
internal sealed class Ring : IDisposable
{
    private readonly Tensor[] _values;

    /// <summary>A ring of values that nobody has written yet. The caller owns it.</summary>
    /// <param name="count">How many values.</param>
    /// <param name="shape">Of each of them.</param>
    /// <param name="dtype">Their type.</param>
    /// <param name="device">Where they lie.</param>
    /// <param name="isPinned">Whether they lie in host memory that CUDA copies from and to while others work.</param>
    public Ring(int count, ReadOnlySpan<long> shape, ScalarType dtype, Device device, bool isPinned = false)
    {
        // What is made in inference mode could not be written to outside of it.
        using var normalMode = inference_mode(false);
        var whole = empty([count, .. shape], dtype, device).DetachFromDisposeScope();
        if (isPinned)
        {
            using var pageable = whole;
            whole = pageable.pin_memory().DetachFromDisposeScope();
        }
        Whole = whole;
        _values = [.. Enumerable.Range(0, count).Select(place => Whole.select(0, place).DetachFromDisposeScope())];
    }

    /// <summary>All values, <c>[count, …]</c>.</summary>
    public Tensor Whole { get; }

    /// <summary>How many values there are.</summary>
    public int Count => _values.Length;

    /// <summary>The bytes held.</summary>
    public long Bytes => TensorMemory.BytesOf(Whole);

    /// <summary>One value: a view that lives as long as the ring.</summary>
    public Tensor this[int place] => _values[place];

    /// <summary>Where a value lies.</summary>
    /// <param name="newest">The place of the newest.</param>
    /// <param name="age">How many came after it; −1 for the one that comes next.</param>
    public int PlaceOf(int newest, int age) => (newest - age + Count) % Count;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var value in _values)
            value.Dispose();
        Whole.Dispose();
    }
}

namespace Afterimage.Kernels.Launch;

/// <summary>Starts kernels on one device, in order with what else is started there. Waits for nothing.</summary>
internal abstract class KernelLauncher
{
    /// <summary>Elements per thread of the four-lane kernels.</summary>
    public const int Pack = 4;

    /// <summary>The threads of a group of a kernel that is not element-wise.</summary>
    public abstract int WarpSize { get; }

    /// <summary>Groups enough to keep the device's memory busy.</summary>
    public abstract int BusyGroups { get; }

    /// <summary>
    /// The most indices of one launch: the last block may reach past the end, and its indices are 32-bit numbers too.
    /// </summary>
    public virtual int MaxIndices => 1 << 30;

    /// <summary>Launches an element-wise kernel.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="indices">From 0 to this, at most <see cref="MaxIndices"/>; with 0 nothing is done.</param>
    /// <param name="arguments">The kernel's parameters after the index.</param>
    public abstract void Launch(Kernel kernel, int indices, params ReadOnlySpan<KernelArgument> arguments);

    /// <summary>Launches a kernel whose threads find their own place.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="groups">Groups of one warp.</param>
    /// <param name="arguments">The kernel's parameters.</param>
    public abstract void LaunchGroups(Kernel kernel, int groups, params ReadOnlySpan<KernelArgument> arguments);

    /// <summary>
    /// Runs an element-wise kernel over views of <paramref name="length"/> elements each: four elements a thread where the
    /// addresses allow it, one where they do not and for what is left over.
    /// </summary>
    /// <exception cref="ArgumentException">A view is of another length: a kernel would read or write beyond it.</exception>
    public void LaunchElements(PackedKernel kernel, long length, params ReadOnlySpan<KernelArgument> arguments)
    {
        foreach (var argument in arguments)
        {
            if (argument.Kind == KernelArgumentKind.View && argument.RowLength != length)
                throw new ArgumentException($"Expected tensors of {length} elements each for {kernel.One}, got {argument.RowLength}.", nameof(arguments));
        }
        var packed = IsAligned(arguments) ? length / Pack * Pack : 0;
        LaunchSlices(kernel.Four, 0, packed, Pack, arguments);
        LaunchSlices(kernel.One, packed, length - packed, 1, arguments);
    }

    /// <summary>Whether all views can be read in packs of four.</summary>
    public static bool IsAligned(ReadOnlySpan<KernelArgument> arguments)
    {
        foreach (var argument in arguments)
        {
            if (!argument.IsAligned(Pack))
                return false;
        }
        return true;
    }

    private void LaunchSlices(Kernel kernel, long start, long length, int pack, ReadOnlySpan<KernelArgument> arguments)
    {
        Span<KernelArgument> slices = stackalloc KernelArgument[arguments.Length];
        for (long done = 0, count; done < length; done += count)
        {
            count = Math.Min(length - done, (long)MaxIndices * pack);
            for (var i = 0; i < slices.Length; i++)
                slices[i] = arguments[i].Slice(start + done, count, pack);
            Launch(kernel, (int)(count / pack), slices);
        }
    }
}

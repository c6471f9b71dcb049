using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>
/// torch's allocator of the CPU, which gives a thread that asks for it memory of its own: from the same beginning at every step, one piece after
/// another, and none twice. So what two steps allocate is told by the order of sizes, and what a step leaves behind by what becomes of a run when
/// that memory is spoilt.
/// </summary>
internal static unsafe class Arena
{
    private const int Capacity = 64 << 20;
    private const int Alignment = 64;
    private const int SlotsOfTable = 16; // more than c10::Allocator has
    private const int SlotOfAllocate = 2; // behind two destructors

    private static readonly byte* s_memory = (byte*)NativeMemory.AlignedAlloc(Capacity, Alignment);
    private static readonly delegate* unmanaged<DataPtr*, nint, nuint, DataPtr*> s_allocate;
    private static readonly nint s_default;
    private static readonly bool s_contextIsSecond;
    private static readonly nint s_device;

    [ThreadStatic]
    private static List<int>? s_sizes;
    private static int s_used;

    static Arena()
    {
        var library = NativeLibrary.Load("libc10.so"); // in the process already
        s_default = ((delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "_ZN3c1015GetCPUAllocatorEv"))();
        var table = *(nint**)s_default;
        s_allocate = (delegate* unmanaged<DataPtr*, nint, nuint, DataPtr*>)table[SlotOfAllocate];

        // A unique_ptr with a function is a pair, and which comes first is the library's affair.
        DataPtr sample;
        s_allocate(&sample, s_default, Alignment);
        (s_contextIsSecond, s_device) = (sample.Second == sample.Data, sample.Device);

        // An allocator without fields is its table of functions, and all but one are the default's.
        var own = (nint*)NativeMemory.Alloc((SlotsOfTable + 1) * (nuint)sizeof(nint));
        own[0] = (nint)(own + 1);
        new Span<nint>(table, SlotsOfTable).CopyTo(new Span<nint>(own + 1, SlotsOfTable));
        own[1 + SlotOfAllocate] = (nint)(delegate* unmanaged<DataPtr*, nint, nuint, DataPtr*>)&Allocate;
        ((delegate* unmanaged<nint, byte, void>)NativeLibrary.GetExport(library, "_ZN3c1015SetCPUAllocatorEPNS_9AllocatorEh"))((nint)own, 0);
    }

    /// <summary>Runs a step in the arena, and spoils what it had there.</summary>
    /// <returns>A copy of what the step gives, and the bytes of every tensor that it allocated.</returns>
    public static (Tensor Result, List<int> Sizes) Run(Func<Tensor> step)
    {
        (s_sizes, s_used) = ([], 0);
        var sizes = s_sizes;
        Tensor result;
        try
        {
            result = step();
        }
        finally
        {
            s_sizes = null;
        }
        using (result)
        {
            var copy = result.clone();
            new Span<byte>(s_memory, s_used).Fill(0xFF); // NaN
            return (copy, sizes);
        }
    }

    [UnmanagedCallersOnly]
    private static DataPtr* Allocate(DataPtr* result, nint self, nuint bytes)
    {
        var taken = ((int)bytes + Alignment - 1) / Alignment * Alignment;
        if (s_sizes is null || bytes == 0 || bytes > Capacity || s_used + taken > Capacity)
            return s_allocate(result, s_default, bytes);
        s_sizes.Add((int)bytes);
        var (data, free) = ((nint)(s_memory + s_used), (nint)(delegate* unmanaged<nint, void>)&Free);
        s_used += taken;
        var (second, third) = s_contextIsSecond ? (data, free) : (free, data);
        *result = new DataPtr { Data = data, Second = second, Third = third, Device = s_device };
        return result;
    }

    [UnmanagedCallersOnly]
    private static void Free(nint memory)
    {
    }

    /// <summary>c10::DataPtr: an address, a context and the function that frees it, and a device.</summary>
    private struct DataPtr
    {
        public nint Data;
        public nint Second;
        public nint Third;
        public nint Device;
    }
}

namespace Afterimage.Runtime.Tests.Kernels.PtxInterpreter;

/// <summary>The parts of this process's memory that a launch may touch: the views that it was given.</summary>
internal sealed unsafe class DeviceMemory(IReadOnlyList<DeviceMemory.View> views)
{
    /// <summary>Why an access is one that a device would refuse, or worse, would not; <see langword="null"/> where it is right.</summary>
    public string? Fault(ulong address, int bytes)
    {
        if (address % (ulong)bytes != 0)
            return $"{bytes} bytes at 0x{address:x} are not aligned";
        foreach (var view in views)
        {
            if (address >= view.Address && address + (ulong)bytes <= view.Address + view.Bytes)
                return null;
        }
        return $"{bytes} bytes at 0x{address:x} lie in no view of the launch: "
            + string.Join(", ", views.Select(view => $"{view.Name} has {view.Bytes} bytes at 0x{view.Address:x}"));
    }

    /// <summary>What lies at an address that has no <see cref="Fault"/>.</summary>
    public static ulong Read(ulong address, int bytes) => bytes switch
    {
        2 => *(ushort*)address,
        4 => *(uint*)address,
        _ => *(ulong*)address,
    };

    /// <summary>Writes to an address that has no <see cref="Fault"/>.</summary>
    public static void Write(ulong address, int bytes, ulong value)
    {
        switch (bytes)
        {
            case 2:
                *(ushort*)address = (ushort)value;
                break;
            case 4:
                *(uint*)address = (uint)value;
                break;
            default:
                *(ulong*)address = value;
                break;
        }
    }

    /// <summary>The memory of one argument.</summary>
    public sealed record View(string Name, ulong Address, ulong Bytes);
}

using System.Text.RegularExpressions;

namespace Afterimage.Kernels;

/// <summary>A kernel as ILGPU compiled it.</summary>
/// <param name="Name">The operation, the dtype, and how many elements a thread takes at once.</param>
/// <param name="Ptx">The code.</param>
/// <param name="CompileTime">How long ILGPU took.</param>
/// <param name="DeviceRegisters">Registers of a thread on a device, as its driver tells; <see langword="null"/> without one.</param>
public sealed partial record CompiledKernel(string Name, string Ptx, TimeSpan CompileTime, int? DeviceRegisters)
{
    /// <summary>The virtual registers that the PTX declares; a driver's compiler makes fewer real ones of them.</summary>
    public int VirtualRegisters => Declaration().Matches(Ptx).Sum(match => int.Parse(match.Groups[1].ValueSpan) - 1);

    /// <summary>How many branches there are.</summary>
    public int Branches => Branch().Count(Ptx);

    [GeneratedRegex(@"^\s*\.reg \.\w+\s+%\w+<(\d+)>;", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^\s*(@!?%p\d+ )?bra\b", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Branch();
}

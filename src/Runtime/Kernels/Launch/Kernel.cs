using System.Reflection;

namespace Afterimage.Kernels.Launch;

/// <summary>One method that is compiled for a device.</summary>
/// <param name="Name">A name that is unique among all kernels, and a file name.</param>
/// <param name="Method">A static method without open type parameters.</param>
/// <param name="IsIndexed">
/// Whether each thread does one index, the method's first parameter; otherwise threads come in groups of one warp and find their
/// own place.
/// </param>
internal sealed record Kernel(string Name, MethodInfo Method, bool IsIndexed)
{
    /// <summary>Every kernel of the library.</summary>
    public static IReadOnlyList<Kernel> All { get; } =
    [
        .. Combine.Kernels, .. FrequencyBlend.Kernels, .. FrequencySplit.Kernels, .. Guidance.Kernels, .. RelativeL1.Kernels,
    ];

    /// <inheritdoc/>
    public override string ToString() => Name;
}

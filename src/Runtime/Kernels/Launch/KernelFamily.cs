using System.Reflection;
using Afterimage.Kernels.OnDevice;
using TorchSharp;

namespace Afterimage.Kernels.Launch;

/// <summary>One generic kernel, closed over what a tensor holds and over how much of it a thread takes at once.</summary>
internal sealed class KernelFamily
{
    private readonly Dictionary<torch.ScalarType, PackedKernel> _byDtype;

    /// <param name="name">The operation.</param>
    /// <param name="kernels">The class of the kernel's method, whose type parameters are a pack and its lanes.</param>
    /// <param name="method">The name of the method.</param>
    /// <param name="isIndexed">Whether each thread does one index.</param>
    /// <param name="dtypes">The dtypes; all three that kernels know where none is given.</param>
    public KernelFamily(string name, Type kernels, string method, bool isIndexed = true, params ReadOnlySpan<torch.ScalarType> dtypes)
    {
        var generic = kernels.GetMethod(method)!;
        var supported = dtypes.IsEmpty ? [torch.ScalarType.Float32, torch.ScalarType.Float16, torch.ScalarType.BFloat16] : dtypes;
        _byDtype = [];
        foreach (var dtype in supported)
        {
            var element = Element(dtype);
            _byDtype[dtype] = new PackedKernel(
                Close(generic, $"{name}.{dtype}.x1".ToLowerInvariant(), typeof(One<>).MakeGenericType(element), typeof(Lanes1), isIndexed),
                Close(generic, $"{name}.{dtype}.x4".ToLowerInvariant(), typeof(Four<>).MakeGenericType(element), typeof(Lanes4), isIndexed));
        }
    }

    /// <summary>All kernels of the family.</summary>
    public IEnumerable<Kernel> Kernels => _byDtype.Values.SelectMany(packed => new[] { packed.One, packed.Four });

    /// <summary>The kernels of a dtype, or <see langword="null"/> where there is none.</summary>
    public PackedKernel? For(torch.ScalarType dtype) => _byDtype.GetValueOrDefault(dtype);

    private static Kernel Close(MethodInfo generic, string name, Type pack, Type lanes, bool isIndexed) =>
        new(name, generic.MakeGenericMethod(pack, lanes), isIndexed);

    private static Type Element(torch.ScalarType dtype) => dtype switch
    {
        torch.ScalarType.Float32 => typeof(Float32Element),
        torch.ScalarType.Float16 => typeof(Float16Element),
        torch.ScalarType.BFloat16 => typeof(BFloat16Element),
        _ => throw new NotSupportedException($"Kernels know float32, float16 and bfloat16, not {dtype}."),
    };
}

/// <summary>A kernel in the form for one element a thread and in the form for four.</summary>
internal sealed record PackedKernel(Kernel One, Kernel Four);

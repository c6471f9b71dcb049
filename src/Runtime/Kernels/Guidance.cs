using Afterimage.Kernels.Launch;
using Afterimage.Kernels.OnDevice;
using static TorchSharp.torch;

namespace Afterimage.Kernels;

/// <summary>Classifier-free guidance of a computed batch.</summary>
internal static class Guidance
{
    private static readonly KernelFamily s_guide = new("guide", typeof(GuidanceKernels), nameof(GuidanceKernels.Guide));

    /// <summary>Its kernels.</summary>
    public static IEnumerable<Kernel> Kernels => s_guide.Kernels;

    /// <summary>Returns unconditional + <paramref name="scale"/>·(conditional − unconditional) in float32 (float64 of a float64 batch). The caller owns it.</summary>
    /// <param name="batch">[unconditional, conditional] along dimension 0.</param>
    /// <param name="scale">The guidance scale.</param>
    public static Tensor Apply(Tensor batch, double scale)
    {
        var kernel = s_guide.For(batch.dtype);
        return KernelDevices.For(batch, kernel?.One, kernel?.Four) is { } launcher ? Launch(launcher, batch, scale) : InTorch(batch, scale);
    }

    /// <summary><see cref="Apply"/> by a kernel.</summary>
    internal static Tensor Launch(KernelLauncher launcher, Tensor batch, double scale)
    {
        using var contiguous = batch.contiguous();
        var rows = batch.shape[0] / 2;
        using var unconditional = contiguous.narrow(0, 0, rows);
        using var conditional = contiguous.narrow(0, rows, rows);
        var guided = empty([rows, .. batch.shape[1..]], ScalarType.Float32, batch.device);
        launcher.LaunchElements(
            s_guide.For(batch.dtype)!, guided.numel(), KernelArgument.View(unconditional), KernelArgument.View(conditional), scale,
            KernelArgument.View(guided));
        return guided;
    }

    /// <summary><see cref="Apply"/> by torch operations.</summary>
    internal static Tensor InTorch(Tensor batch, double scale)
    {
        using var scope = NewDisposeScope();
        var widened = batch.dtype is ScalarType.Float16 or ScalarType.BFloat16 ? batch.to(ScalarType.Float32) : batch;
        var halves = widened.chunk(2);
        return halves[1].sub(halves[0]).Times_(scale).Plus_(halves[0]).MoveToOuterDisposeScope();
    }
}

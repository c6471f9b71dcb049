using Afterimage.Kernels.Launch;
using Afterimage.Kernels.OnDevice;
using static TorchSharp.torch;

namespace Afterimage.Kernels;

/// <summary>
/// How far a tensor is from another, as a share of the other's size: what first-block caching compares with its threshold
/// (diffusers <c>hooks/first_block_cache.py</c>, <c>_should_compute_remaining_blocks</c>).
/// </summary>
internal static class RelativeL1
{
    private static readonly KernelFamily s_sums =
        new("relative-l1-sums", typeof(RelativeL1Kernels), nameof(RelativeL1Kernels.Sums), isIndexed: false);

    private static readonly Kernel s_quotient =
        new("relative-l1-quotient", typeof(RelativeL1Kernels).GetMethod(nameof(RelativeL1Kernels.Quotient))!, IsIndexed: false);

    /// <summary>Its kernels.</summary>
    public static IEnumerable<Kernel> Kernels => [.. s_sums.Kernels, s_quotient];

    /// <summary>
    /// Returns Σ|value − reference| / Σ|reference| in float32, as a tensor without dimensions on the tensors' device: who reads
    /// it waits for it, nobody else. NaN where there are no elements. The caller owns it.
    /// </summary>
    /// <param name="value">Some tensor.</param>
    /// <param name="reference">A tensor of the same shape, dtype and device.</param>
    public static Tensor Between(Tensor value, Tensor reference)
    {
        if (!value.shape.AsSpan().SequenceEqual(reference.shape) || value.dtype != reference.dtype)
            throw new ArgumentException(
                $"Expected two tensors alike, got [{string.Join(", ", value.shape)}] {value.dtype} and "
                + $"[{string.Join(", ", reference.shape)}] {reference.dtype}.", nameof(reference));
        var sums = s_sums.For(value.dtype);
        return KernelDevices.For(value, sums?.One, sums?.Four, s_quotient) is { } launcher
            ? Launch(launcher, value, reference)
            : InTorch(value, reference);
    }

    /// <summary>As <see cref="Between(Tensor, Tensor)"/>, of what each of several ranks has a part of: all get the same.</summary>
    public static Tensor Between(Tensor value, Tensor reference, Communicator? ranks)
    {
        if (ranks is null)
            return Between(value, reference);
        using var scope = NewDisposeScope();
        var sums = Sums(value, reference);
        ranks.AllReduce(sums);
        return sums[0].div(sums[1]).MoveToOuterDisposeScope();
    }

    /// <summary><see cref="Between(Tensor, Tensor)"/> by kernels: sums per group, then one group for all sums.</summary>
    internal static Tensor Launch(KernelLauncher launcher, Tensor value, Tensor reference)
    {
        using var scope = NewDisposeScope();
        var kernel = s_sums.For(value.dtype)!;
        ReadOnlySpan<KernelArgument> views = [KernelArgument.View(value.contiguous()), KernelArgument.View(reference.contiguous())];
        const int Pack = KernelLauncher.Pack;
        var packed = KernelLauncher.IsAligned(views) ? value.numel() / Pack * Pack : 0;
        var packedGroups = Groups(launcher, packed / Pack);
        var restGroups = Groups(launcher, value.numel() - packed);

        var sums = empty([2 * (packedGroups + restGroups)], ScalarType.Float32, value.device);
        var sumsView = KernelArgument.View(sums);
        LaunchSums(launcher, kernel.Four, packedGroups, views, sumsView, 0, packed, Pack);
        LaunchSums(
            launcher, kernel.One, restGroups, views, sumsView.Slice(2L * packedGroups, 2L * restGroups, pack: 1), packed,
            value.numel() - packed, 1);

        var quotient = empty([], ScalarType.Float32, value.device);
        launcher.LaunchGroups(s_quotient, 1, sumsView, KernelArgument.View(quotient));
        return quotient.MoveToOuterDisposeScope();
    }

    /// <summary><see cref="Between(Tensor, Tensor)"/> by torch operations.</summary>
    internal static Tensor InTorch(Tensor value, Tensor reference)
    {
        using var scope = NewDisposeScope();
        var sums = Sums(value, reference);
        return sums[0].div(sums[1]).MoveToOuterDisposeScope();
    }

    private static Tensor Sums(Tensor value, Tensor reference)
    {
        var expected = reference.to(ScalarType.Float32);
        return stack([value.to(ScalarType.Float32).sub(expected).abs().sum(), expected.abs().sum()]);
    }

    private static void LaunchSums(
        KernelLauncher launcher, Kernel kernel, int groups, ReadOnlySpan<KernelArgument> views, KernelArgument sums, long start, long length,
        int pack)
    {
        if (groups > 0)
            launcher.LaunchGroups(kernel, groups, views[0].Slice(start, length, pack), views[1].Slice(start, length, pack), sums);
    }

    private static int Groups(KernelLauncher launcher, long indices) =>
        (int)Math.Min(launcher.BusyGroups, (indices + launcher.WarpSize - 1) / launcher.WarpSize);
}

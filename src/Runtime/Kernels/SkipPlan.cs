using Afterimage.Kernels.Launch;
using Afterimage.Kernels.OnDevice;
using Afterimage.Planning;
using static TorchSharp.torch;

namespace Afterimage.Kernels;

/// <summary>
/// The decisions of a plan, made on the device: the twin of <see cref="CachePlan.Create"/>, for methods whose decisions will
/// depend on data that is there. Coefficients and weights stay with the plan; where a weight is 0 the plan says
/// <see cref="SiteAction.Reuse"/> for what is <see cref="SiteAction.Combine"/> here, and the value is the same.
/// </summary>
internal static class SkipPlan
{
    /// <summary>Its kernel.</summary>
    public static Kernel Kernel { get; } = new("skip-plan", typeof(SkipPlanKernel).GetMethod(nameof(SkipPlanKernel.Decide))!, IsIndexed: false);

    /// <summary>
    /// Returns one row per forward in the order of the calls, as bytes: 1 where the unconditional half is left out,
    /// then a <see cref="SiteAction"/> per site. On <paramref name="device"/>; the caller owns it.
    /// </summary>
    /// <inheritdoc cref="CachePlan.Create" path="/param"/>
    /// <inheritdoc cref="CachePlan.Create" path="/exception"/>
    public static Tensor Decide(
        CacheConfig config, IReadOnlyList<double> timesteps, IReadOnlyList<CacheSite> sites, GuidanceLayout layout, Device device)
    {
        using var none = empty([0], ScalarType.Byte, device);
        if (KernelDevices.For(none, Kernel) is { } launcher)
            return Launch(launcher, config, timesteps, sites, layout, device);
        using var decisions = Managed(config, timesteps, sites, layout);
        return decisions.to(device, copy: true);
    }

    /// <summary><see cref="Decide"/> by the kernel.</summary>
    internal static Tensor Launch(
        KernelLauncher launcher, CacheConfig config, IReadOnlyList<double> timesteps, IReadOnlyList<CacheSite> sites,
        GuidanceLayout layout, Device device)
    {
        CachePlanner.CheckTimesteps(timesteps);
        using var scope = NewDisposeScope();
        var contexts = layout == GuidanceLayout.Sequential ? 2 : 1;
        var shares = config.ShareStateAcrossContexts;
        var calls = timesteps.Count * contexts;
        var faster = config as FasterCacheConfig;
        SiteSetting?[] columns =
        [
            faster is { IsGuidanceDistilled: false }
                ? new SiteSetting(faster.UnconditionalBatchSkipRange, faster.UnconditionalBatchTimestepSkipRange)
                : null,
            .. CachePlanner.Create(config, sites, layout).Settings,
        ];

        KernelArgument Numbers(IEnumerable<double> values) => KernelArgument.View(tensor(values.ToArray(), device: device));
        KernelArgument Counts(IEnumerable<int> values) => KernelArgument.View(tensor(values.ToArray(), device: device));
        var cells = empty([calls, columns.Length], ScalarType.Byte, device);
        launcher.LaunchGroups(
            Kernel, (calls * columns.Length + launcher.WarpSize - 1) / launcher.WarpSize,
            Numbers(Enumerable.Range(0, calls).Select(call => timesteps[call / contexts])),
            Counts(Enumerable.Range(0, calls).Select(call => shares ? call : call / contexts)),
            Counts(Enumerable.Range(0, calls).Select(call => shares ? 0 : call % contexts)),
            Counts(columns.Select(column => column?.SkipRange ?? 0)),
            Numbers(columns.Select(column => column?.Range.Low ?? 0)),
            Numbers(columns.Select(column => column?.Range.High ?? 0)),
            faster is null ? 0 : 1,
            KernelArgument.View(cells));
        return cells.MoveToOuterDisposeScope();
    }

    /// <summary><see cref="Decide"/> by the plan.</summary>
    internal static Tensor Managed(
        CacheConfig config, IReadOnlyList<double> timesteps, IReadOnlyList<CacheSite> sites, GuidanceLayout layout)
    {
        var rows = CachePlan.Create(config, timesteps, sites, layout).Rows;
        var cells = rows.SelectMany(row => row.Cells
            .Select(cell => (byte)cell.Action)
            .Prepend((byte)(row.Guidance.Action == GuidanceAction.SkipUnconditional ? 1 : 0))).ToArray();
        return tensor(cells, rows.Length, sites.Count + 1);
    }
}

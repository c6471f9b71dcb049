using Afterimage.Configuration;
using Afterimage.Planning;

namespace Afterimage;

/// <summary>What runs several ranks can compute together.</summary>
internal static class ParallelRules
{
    /// <exception cref="NotSupportedException">The method needs in one place what ranks have apart.</exception>
    /// <exception cref="ArgumentException">The run has no guidance to share.</exception>
    /// <exception cref="InvalidOperationException">The ranks do not mean the same.</exception>
    public static void Check(ModelParallel parallel, CacheRun run, CacheConfig config)
    {
        if (config.CudaGraphs)
            throw new NotSupportedException($"{nameof(CacheConfig.CudaGraphs)} records what one device does, and {parallel.Layout} has several wait for each other: leave one of them out.");
        if (parallel.Layout.Sequence > 1 && config.Parts.Any(part => part is MagCacheConfig { Calibrate: true }))
            throw new NotSupportedException($"MagCache calibrates on whole sequences, and with {parallel.Layout} each rank has a part: calibrate on one.");
        if (parallel.Layout.Guidance > 1)
            CheckBranches(parallel, run, config);
        parallel.CheckSame("plan", run.Plan?.ToJson() ?? $"{config}");
    }

    /// <summary>Why a method that skips a branch of guidance is not shared by branches.</summary>
    public static NotSupportedException Idle(ParallelLayout layout) => new(
        $"The method makes the unconditional branch of guidance from the conditional one, and with {layout} half of the ranks, which have no other, would wait at "
        + $"every step that it skips: use sequence={layout.Ranks}.");

    private static void CheckBranches(ModelParallel parallel, CacheRun run, CacheConfig config)
    {
        if (run.Layout == GuidanceLayout.None)
            throw new ArgumentException($"{parallel.Layout} shares two branches of guidance, and this run has none: use sequence={parallel.Layout.Ranks}.");
        if (run.KeepsGuidance)
            throw Idle(parallel.Layout);
        if (run.Layout == GuidanceLayout.Sequential && (config.ShareStateAcrossContexts || run.Rule is LatentsRule))
            throw new NotSupportedException(
                $"Both calls of a step decide together, or share a history, and with {parallel.Layout} neither rank makes both: use sequence={parallel.Layout.Ranks}.");
    }
}

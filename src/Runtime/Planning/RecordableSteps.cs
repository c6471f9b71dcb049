using Afterimage.Kernels;

namespace Afterimage.Planning;

/// <summary>Which runs' forwards can be recorded by their <see cref="StepKind"/>: those that are known ahead, and ask the host nothing.</summary>
internal static class RecordableSteps
{
    // Each kind may have weights of its own, which recorded steps read where they are; with more sets a table would be sent anew.
    private const int MostKinds = WeightTables.MostSets;

    /// <summary>Refuses the others.</summary>
    /// <param name="config">Of the run.</param>
    /// <param name="plan">The run's plan; <see langword="null"/> where it has none.</param>
    /// <exception cref="ArgumentException">The message says why.</exception>
    public static void Check(CacheConfig config, CachePlan? plan)
    {
        var problem = plan is null ? "the run learns its timesteps from a callback, and has no plan: begin it with its timesteps"
            : plan.DecidesAtRunTime ? $"{plan.Method} decides while it runs: begin a run of the plan that {nameof(CacheRun)}.{nameof(CacheRun.Recorded)} gives of another"
            : plan.StepKinds > MostKinds ? $"its plan has {plan.StepKinds} kinds of step, more than {MostKinds}: use weights and schedules that repeat"
            : plan.Slots.Any(slot => slot.OnHost) ? $"its histories are in the host's memory: leave out {nameof(CacheConfig.OffloadHistory)}"
            : config.Parts.Any(part => part is MagCacheConfig { Calibrate: true }) ? $"a calibration measures every forward: leave out {nameof(MagCacheConfig.Calibrate)}"
            : null;
        if (problem is not null)
            throw new ArgumentException($"{nameof(CacheConfig.CudaGraphs)}: the run's steps cannot be recorded, since {problem}.", nameof(config));
    }
}

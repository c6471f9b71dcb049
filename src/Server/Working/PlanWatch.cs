using Afterimage.Models;
using Afterimage.Server.Jobs;

namespace Afterimage.Server.Working;

/// <summary>Hears how far a generation is, and sees the plan of its first cached run while that lasts.</summary>
internal sealed class PlanWatch(DiffusionPipeline pipeline, JobRunner.Latest told) : IProgress<GenerationProgress>
{
    /// <summary>The plan; of one that decided while it ran, what it did.</summary>
    public CachePlan? Plan { get; private set; }

    /// <inheritdoc/>
    public void Report(GenerationProgress value)
    {
        told.Progress = new JobProgress(value.Stage.ToString().ToLowerInvariant(), value.Step, value.Steps);
        if (pipeline.CacheableModels[0].CurrentRun is not { } run)
            return;
        var hasDecided = run.Plan is { DecidesAtRunTime: true } && !run.IsUntouched && value is { Stage: GenerationStage.Denoising, Step: > 0 };
        Plan = hasDecided ? run.Recorded() : Plan ?? run.Plan;
    }
}

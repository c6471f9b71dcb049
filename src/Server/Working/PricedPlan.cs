using Afterimage.Models;
using Afterimage.Server.Jobs;

namespace Afterimage.Server.Working;

/// <summary>What a request will do, and what that costs.</summary>
/// <param name="Request">Every size.</param>
/// <param name="Plans">What each transformer's cache does; none where there is no cache.</param>
/// <param name="Step">What a step costs without a cache, all calls of it together.</param>
/// <param name="Steps">Denoising steps.</param>
internal sealed record PricedPlan(GenerationRequest Request, IReadOnlyList<CachePlan> Plans, ModelProfile Step, int Steps)
{
    /// <summary>Floating-point operations without a cache.</summary>
    public double UncachedFlops => (double)Step.TotalFlops * Steps;

    /// <summary>Floating-point operations of what the plans compute. Of a cache that decides at run time, as if it computed all.</summary>
    public double Flops => Plans.Count == 0 ? UncachedFlops : Plans.Sum(plan => (1 - plan.FlopsSaved(Step)) * Step.TotalFlops * plan.Timesteps.Length);

    /// <summary>The bytes of history that are held at once: a transformer's run ends with it.</summary>
    public long HistoryBytes => Plans.Count == 0 ? 0 : Plans.Sum(plan => plan.HistoryBytes(Step) / plan.Contexts.Length);

    /// <summary>What of it goes with a job.</summary>
    public JobSizes Sizes => new(Request.Height, Request.Width, Request.Frames, Flops);
}

using Afterimage.Configuration;
using Afterimage.Execution;

namespace Afterimage;

/// <summary>
/// A plan that was made before in the place of a method: tuned (<c>PlanSearch</c>), recorded (<see cref="CacheRun.Recorded"/>) or read from a file. Every run does what the
/// plan says. A plan that says what it is for (<see cref="CachePlan.Subject"/>) is refused by other models, sizes and schedulers.
/// </summary>
/// <remarks>Runs are begun with their timesteps (<see cref="ICacheableModel.BeginRun(IReadOnlyList{double}, GuidanceLayout?)"/>), as pipelines do, and a plan is composed with nothing else.</remarks>
public sealed record CachePlanConfig : CacheConfig
{
    /// <summary>The plan.</summary>
    public required CachePlan Plan { get; init; }

    /// <summary>
    /// Whether a run of other timesteps, of another size or with another scheduler takes the plan as far as it goes: <see cref="CachePlan.CarriedTo"/>. It was not measured
    /// there, which a note of the run's plan says. Default: <see langword="false"/>, which refuses it.
    /// </summary>
    public bool CarriesOver { get; init; }

    /// <summary>Told of every value that a run keeps. What it is told of stays the run's.</summary>
    internal SiteObserver? Observer { get; init; }

    /// <inheritdoc/>
    internal override void Check(ConfigProblems problems)
    {
        if (Plan.DecidesAtRunTime)
            problems.Of(nameof(Plan), Plan.Method, $"it leaves to the run what it skips: give what {nameof(CacheRun)}.{nameof(CacheRun.Recorded)} has of a run");
        if (CurrentTimestepCallback is not null)
            problems.Of(nameof(CurrentTimestepCallback), "a callback", $"a plan's timesteps are known: begin runs with {nameof(ICacheableModel.BeginRun)}");
    }

    /// <summary>The plan of a run.</summary>
    /// <exception cref="ArgumentException">It is for other timesteps, or another layout of guidance, or for a model with other sites.</exception>
    internal CachePlan For(IReadOnlyList<double> timesteps, IReadOnlyList<CacheSite> sites, GuidanceLayout layout)
    {
        Plan.CheckSites(CacheSite.OfRun(sites, Plan.Layout));
        if (Plan.Layout != layout)
            throw new ArgumentException($"The plan of {Plan.Method} is for {nameof(GuidanceLayout)}.{Plan.Layout}, and this run has {layout}: generate with the guidance it was made with, or make another plan.");
        var isSame = Plan.Timesteps.SequenceEqual(timesteps);
        return CarriesOver ? (isSame ? Plan : Plan.CarriedTo(timesteps)) with { Subject = null }
            : isSame ? Plan
            : throw new ArgumentException(
                $"The plan of {Plan.Method} is for {Plan.Timesteps.Length} timesteps from {Plan.Timesteps[0]} to {Plan.Timesteps[^1]}, and this run has {timesteps.Count} from {timesteps[0]} to "
                + $"{timesteps[^1]}: take the steps and the scheduler that it was made with, make another, or set {nameof(CarriesOver)}, which stretches it to these steps unmeasured.");
    }
}

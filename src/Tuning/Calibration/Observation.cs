using System.Collections.Immutable;
using Afterimage.Models;

namespace Afterimage.Tuning;

/// <summary>Runs that compute everything, so that all of it can be looked at.</summary>
internal static class Observation
{
    /// <summary>A plan that keeps the value of every site at every step, and hands out none.</summary>
    /// <param name="sites">Those of the run.</param>
    /// <param name="timesteps">Of each context.</param>
    /// <param name="layout">How guidance reaches the model.</param>
    public static CachePlan Of(IReadOnlyList<CacheSite> sites, IReadOnlyList<double> timesteps, GuidanceLayout layout)
    {
        ImmutableArray<PlanCell> cells = [.. sites.Select(site => site.Kind == SiteKind.PromptProjection ? PlanCell.Compute : PlanCell.ComputeAndStore)];
        ImmutableArray<string> contexts = layout == GuidanceLayout.Sequential ? ["cond", "uncond"] : [""];
        return new CachePlan("observation", layout, [.. sites], [.. timesteps.SelectMany((timestep, step) => contexts.Select(context => new PlanRow(context, step, timestep, cells)))])
        {
            Slots =
            [
                .. sites.Select(site => site.Kind switch
                {
                    SiteKind.PromptProjection => default,
                    SiteKind.Guidance => SlotLayout.OfGuidance,
                    _ => new SlotLayout(1),
                }),
            ],
            Touched = [.. sites.Select(site => site.Kind is not (SiteKind.PromptProjection or SiteKind.Guidance))],
            Undecided = [.. sites.Select(_ => false)],
        };
    }

    /// <summary>How much the embedding of the timestep changes, where that is what a model is told to change by (CogVideoX, Wan); <see langword="null"/> of others.</summary>
    public static IReadOnlyList<double>? TimestepChanges(ICacheableModel model, IReadOnlyList<double> timesteps) => model switch
    {
        CogVideoXTransformer3DModel cogVideoX => cogVideoX.TimestepChanges(timesteps),
        WanTransformer3DModel wan => wan.TimestepChanges(timesteps),
        _ => null,
    };
}

using Afterimage.Planning;

namespace Afterimage.Execution;

/// <summary>The rows of a run whose plan was made before its first forward: what each call gets, and which calls the plan rules out.</summary>
internal sealed class PlannedRows(CachePlan plan)
{
    /// <summary>The rows that a context's forwards go through.</summary>
    /// <exception cref="InvalidOperationException">The plan has no such context.</exception>
    public IReadOnlyList<PlanRow> Of(string context)
    {
        // With one planned context any name will do: diffusers' pipelines name theirs even where there is only one.
        if (plan.Contexts.Length == 1 || plan.SharesStateAcrossContexts)
            return plan.Rows;
        return plan.Contexts.Contains(context)
            ? [.. plan.RowsOf(context)]
            : throw new InvalidOperationException(
                $"With {nameof(GuidanceLayout)}.{plan.Layout} a forward belongs to one of the contexts {string.Join(", ", plan.Contexts)}, not '{context}'. "
                + $"Wrap the call in {nameof(ICacheableModel.CacheContext)}.");
    }

    /// <summary>The row of a forward.</summary>
    /// <param name="context">The model's cache context.</param>
    /// <param name="state">What has been done in it.</param>
    /// <param name="timestep">What the config's callback says, if there is one.</param>
    /// <param name="mostForwards">How many forwards the context has had that is the furthest.</param>
    /// <exception cref="InvalidOperationException">The plan has no row for this call.</exception>
    public PlanRow Next(string context, ContextState state, double? timestep, int mostForwards)
    {
        if (state.Forwards >= state.Rows.Count)
            throw new InvalidOperationException(
                $"The run is over: its plan has {state.Rows.Count} forwards, and this is one more. "
                + $"Begin another run with {nameof(ICacheableModel.BeginRun)}; where a step has two calls, wrap each in a "
                + $"{nameof(ICacheableModel.CacheContext)} of its own.");
        var row = state.Rows[state.Forwards];
        if (plan.SharesStateAcrossContexts && plan.Contexts.Length > 1 && row.Context != context)
            throw new InvalidOperationException(
                $"Forward {state.Forwards} of the run belongs to context '{row.Context}', but the model is in context '{context}'. "
                + $"Call the contexts of a step in the order {string.Join(", ", plan.Contexts)}.");
        if (timestep is { } current && current != row.Timestep)
            throw new InvalidOperationException(
                $"Forward {row.Index} was planned for timestep {row.Timestep}, but {nameof(CacheConfig.CurrentTimestepCallback)} says {current}. "
                + "Begin the run with the timesteps that the scheduler really uses.");
        if (plan.Contexts.Length > 1 && mostForwards > state.Forwards + 1)
            throw new InvalidOperationException(
                $"Context '{context}' was left out of a step: its next row is {row.Place}, and another context has had {mostForwards} forwards. "
                + $"Call every context at every step, or let the run begin by itself with {nameof(CacheConfig.CurrentTimestepCallback)}.");
        return row;
    }
}

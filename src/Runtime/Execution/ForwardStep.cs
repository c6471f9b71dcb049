using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using Afterimage.Kernels;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>
/// One forward of a model whose cache is enabled, without gradients. Disposed before <see cref="Complete(Tensor)"/> has returned, it ends
/// a planned run and resets another. While the model is being profiled it belongs to no run, and does nothing. Used by generated
/// code only.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ForwardStep : IDisposable
{
    private readonly ModelCache _owner;
    private readonly Place? _place;
    private readonly ModelParallel? _branches; // where ranks share them
    private readonly long _batch;
    private readonly Tensor? _latents;
    private readonly IDisposable _noGradient = no_grad();
    private readonly List<Tensor> _views = [];
    private bool _completed;

    /// <param name="owner">The model's cache.</param>
    /// <param name="run">The run, which has made <paramref name="state"/> ready.</param>
    /// <param name="state">What the run holds for the forward's context.</param>
    /// <param name="row">What is planned.</param>
    /// <param name="batch">The rows of the guidance batch.</param>
    /// <param name="latents">What the output has the shape of; <see langword="null"/> where the model does not say.</param>
    internal ForwardStep(ModelCache owner, CacheRun run, ContextState state, PlanRow row, long batch, Tensor? latents) =>
        (_owner, _place, _batch, _latents, _branches) = (owner, new Place(run, state, row), batch, latents, Branches(owner.Parallel, run.Layout));

    /// <summary>A forward that belongs to no run.</summary>
    /// <param name="owner">The model's cache.</param>
    /// <param name="parallel">What this rank does of it, where several compute it.</param>
    /// <param name="batch">The rows of the guidance batch.</param>
    internal ForwardStep(ModelCache owner, ModelParallel? parallel, long batch) => (_owner, _batch, _branches) = (owner, batch, Branches(parallel, owner.GuidanceLayout));

    private bool SkipsUnconditional => _place?.State.Guidance is { IsSkipped: true };

    /// <summary>What the body gets of a tensor: itself; or, where bodies are recorded, a view that lives as long as this step, of a copy in the place that they all read.</summary>
    /// <param name="index">Which of the model's tensors it is.</param>
    /// <param name="input">The argument.</param>
    [return: NotNullIfNotNull(nameof(input))]
    public Tensor? Input(int index, Tensor? input)
    {
        if (input is null || _place?.State.Graphs is not { } graphs)
            return input;
        var copy = graphs.Input(index);
        _views.Add(copy);
        return copy;
    }

    /// <summary>
    /// As <see cref="Input"/>, of an argument marked <see cref="GuidanceBatchAttribute"/>: all of it, or its conditional half. One row that
    /// is meant for the whole batch, such as a timestep, is that of the half too.
    /// </summary>
    /// <returns>The argument itself, or a view that lives as long as this step.</returns>
    [return: NotNullIfNotNull(nameof(input))]
    public Tensor? Batch(int index, Tensor? input) => HalfOf(Input(index, input));

    [return: NotNullIfNotNull(nameof(input))]
    private Tensor? HalfOf(Tensor? input)
    {
        if (!SkipsUnconditional && _branches is null || input is null || input.dim() == 0)
            return input;
        var rows = input.shape[0];
        if (rows == 1 && _batch > 1)
            return input;
        if (rows % 2 != 0)
            throw new InvalidOperationException(
                $"{(_place is null ? "The forward" : $"Forward {_place.Row.Index} (timestep {_place.Row.Timestep})")} "
                + $"{(_branches is null ? "leaves out the unconditional half" : $"is shared by {_branches.Layout}")}, but got a batch of {rows} rows. "
                + $"Pass [unconditional, conditional], or begin the run with {nameof(GuidanceLayout)}.{nameof(GuidanceLayout.None)}.");
        var half = input.narrow(0, _branches is { Branch: 0 } ? 0 : rows / 2, rows / 2).DetachFromDisposeScope();
        _views.Add(half);
        return half;
    }

    /// <summary>Decides whether the forward skips, on what the model's indicator gives. Does nothing, and does not ask it, where nothing is to be decided on it.</summary>
    /// <param name="indicator">Called once. What it makes is disposed of here.</param>
    public void Decide(Func<Tensor> indicator)
    {
        if (_place is not { State.Decision: { AsksIndicator: true } decision } place)
            return;
        using var scope = NewDisposeScope();
        if (decision.Decide(indicator(), place.State.MaySkip))
            place.State.Skip();
    }

    /// <summary>
    /// As <see cref="Complete(Tensor)"/>, of what <paramref name="body"/> gives; it is not called where the forward skips the whole model, or a device repeats what the body did
    /// before.
    /// </summary>
    /// <param name="body">The forward, of tensors that it asks <see cref="Input"/> and <see cref="Batch"/> for.</param>
    /// <param name="others">Its other arguments.</param>
    public Tensor Complete(Func<Tensor> body, params ReadOnlySpan<object?> others) => Complete(
        _place?.State.Output is { IsSkipped: true } whole ? whole.Take(HalfOf(_latents)!)
        : _place?.State is { Graphs: { } graphs } state ? graphs.Run(state, body, others)
        : body());

    /// <summary>
    /// The model's output: <paramref name="output"/> itself; or [unconditional, conditional] with the first half rebuilt; or
    /// both combined, where the run has a <see cref="CacheRun.GuidanceScale"/>. If it is another tensor,
    /// <paramref name="output"/> is disposed of. Owned by the caller.
    /// </summary>
    public Tensor Complete(Tensor output)
    {
        if (_place is not var (run, state, row))
            return Both(output);
        var result = default(Tensor);
        try
        {
            if (state.Output is { IsSkipped: false } whole)
                whole.Keep(output, HalfOf(_latents)!);
            output = Both(output);
            if (state.Output is { IsSkipped: false })
                state.Decision?.Computed(output);
            state.CheckServed();
            if (state.Guidance is { IsSkipped: false } guidance)
                guidance.Keep(output);
            result = SkipsUnconditional ? state.Guidance!.Rebuild(output, run.GuidanceScale)
                : run.GuidanceScale is { } scale ? Guided(output, row, scale)
                : output;
            _completed = true;
            return result;
        }
        finally
        {
            // Where the caller gets another tensor, or none, nobody else has this one.
            if (!ReferenceEquals(result, output))
                output.Dispose();
        }
    }

    private static ModelParallel? Branches(ModelParallel? parallel, GuidanceLayout layout) => parallel is { Layout.Guidance: > 1 } && layout == GuidanceLayout.Batched ? parallel : null;

    /// <summary>The branches of all ranks, in the place of this one's.</summary>
    private Tensor Both(Tensor output)
    {
        if (_branches is null)
            return output;
        using (output)
            return _branches.GatherBranches(output);
    }

    private static Tensor Guided(Tensor output, PlanRow row, double scale) => output.dim() > 0 && output.shape[0] % 2 == 0
        ? Guidance.Apply(output, scale)
        : throw new InvalidOperationException(
            $"Forward {row.Index} (timestep {row.Timestep}): {nameof(CacheRun.GuidanceScale)} expects an output with "
            + $"[unconditional, conditional] along dimension 0, got [{string.Join(", ", output.shape)}].");

    /// <inheritdoc/>
    public void Dispose()
    {
        _place?.State.Deselect();
        foreach (var view in _views)
            view.Dispose();
        _noGradient.Dispose();
        _place?.Run.EndForward(_place.State, _completed);
        _owner.EndForward();
    }

    private sealed record Place(CacheRun Run, ContextState State, PlanRow Row);
}

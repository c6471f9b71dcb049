using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using Afterimage.Kernels;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>
/// One forward of a cached run, without gradients. Disposed before <see cref="Complete"/> has returned, it resets the run.
/// Used by generated code only.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ForwardStep : IDisposable
{
    private readonly ModelCache _owner;
    private readonly CacheRun _run;
    private readonly ContextState _state;
    private readonly PlanRow _row;
    private readonly IDisposable _noGradient = no_grad();
    private readonly List<Tensor> _halves = [];
    private bool _completed;

    internal ForwardStep(ModelCache owner, CacheRun run, ContextState state, PlanRow row) =>
        (_owner, _run, _state, _row) = (owner, run, state, row);

    private bool SkipsUnconditional => _row.Guidance.Action == GuidanceAction.SkipUnconditional;

    /// <summary>What the body gets of an argument marked <see cref="GuidanceBatchAttribute"/>: all of it, or its conditional half.</summary>
    /// <returns>The argument itself, or a view that lives as long as this step.</returns>
    [return: NotNullIfNotNull(nameof(input))]
    public Tensor? Batch(Tensor? input)
    {
        if (!SkipsUnconditional || input is null || input.dim() == 0)
            return input;
        var rows = input.shape[0];
        if (rows % 2 != 0)
            throw new InvalidOperationException(
                $"Forward {_row.Index} (timestep {_row.Timestep}) leaves out the unconditional half, but got a batch of {rows} rows. "
                + $"Pass [unconditional, conditional], or begin the run with {nameof(GuidanceLayout)}.{nameof(GuidanceLayout.None)}.");
        var half = input.narrow(0, rows / 2, rows / 2).DetachFromDisposeScope();
        _halves.Add(half);
        return half;
    }

    /// <summary>
    /// The model's output: <paramref name="output"/> itself; or [unconditional, conditional] with the first half rebuilt; or
    /// both combined, where the run has a <see cref="CacheRun.GuidanceScale"/>. If it is another tensor,
    /// <paramref name="output"/> is disposed of. Owned by the caller.
    /// </summary>
    public Tensor Complete(Tensor output)
    {
        var result = default(Tensor);
        try
        {
            foreach (var site in _state.Sites)
                site.CheckServed();
            if (_row.Guidance.Action == GuidanceAction.FullAndStore)
                _state.Guidance.Store(output);
            result = SkipsUnconditional ? _state.Guidance.Rebuild(output, _row.Guidance, _run.GuidanceScale)
                : _run.GuidanceScale is { } scale ? Guided(output, scale)
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

    private Tensor Guided(Tensor output, double scale) => output.dim() > 0 && output.shape[0] % 2 == 0
        ? Guidance.Apply(output, scale)
        : throw new InvalidOperationException(
            $"Forward {_row.Index} (timestep {_row.Timestep}): {nameof(CacheRun.GuidanceScale)} expects an output with "
            + $"[unconditional, conditional] along dimension 0, got [{string.Join(", ", output.shape)}].");

    /// <inheritdoc/>
    public void Dispose()
    {
        _state.Deselect();
        foreach (var half in _halves)
            half.Dispose();
        _noGradient.Dispose();
        _run.EndForward(_completed);
        _owner.EndForward();
    }
}

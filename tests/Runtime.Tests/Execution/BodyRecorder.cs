using Afterimage.Execution;
using Afterimage.Kernels.Launch;
using Afterimage.Planning;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>
/// Graphs of a device that has none. A recorded body is run again as it was recorded: with the row, the places of histories, the inputs and the other
/// arguments of that forward, whatever the present one has. What it keeps account of is thrown away, so that a run knows only what it keeps account
/// of itself.
/// </summary>
/// <param name="run">The run whose bodies are recorded.</param>
/// <param name="context">Which of its contexts is in a forward.</param>
internal sealed class BodyRecorder(CacheRun run, Func<int>? context = null) : StepRecorder
{
    /// <summary>How many bodies have been recorded.</summary>
    public int Recorded { get; private set; }

    /// <summary>Which recording fails, after what a body keeps account of and before anything takes effect.</summary>
    public int FailsAt { get; init; } = -1;

    /// <summary>How many recorded bodies have not been disposed of.</summary>
    public int Alive { get; private set; }

    private ContextState State => run.States.ElementAt(context?.Invoke() ?? 0);

    public override RecordedStep? Record(Func<Tensor> body)
    {
        var (state, row, before) = (State, State.Row!, State.Progress);
        if (Recorded++ == FailsAt)
        {
            state.Replayed();
            return null;
        }
        using var output = body();
        Alive++;
        return new Step(this, state, row, before, body, output.alias().DetachFromDisposeScope());
    }

    private void Select(ContextState state, PlanRow row) =>
        state.Select(row, null, run.Plan!.KeepsConditionalHalf && run.Plan.GuidanceOf(row).IsComputed);

    private sealed class Step(
        BodyRecorder owner, ContextState state, PlanRow row, IReadOnlyList<(int, SlotState)> before, Func<Tensor> body, Tensor output) : RecordedStep(output)
    {
        private bool _hasRun = true;

        public override void Replay()
        {
            // Recording has run it once, where a device would not have.
            if (_hasRun)
            {
                _hasRun = false;
                return;
            }
            var (present, after) = (state.Row!, state.Progress);
            owner.Select(state, row);
            state.Progress = before;
            using (NewDisposeScope())
                Output.copy_(body());
            for (var site = 0; site < state.Sites.Length; site++)
            {
                if (!state.Sites[site].IsOfGuidance && !state.Sites[site].IsOfModel)
                    Assert.AreEqual(state.Sites[site].Progress, after[site], $"site {site} of {present.Place}");
            }
            owner.Select(state, present);
            state.Progress = after;
        }

        public override void Dispose()
        {
            owner.Alive--;
            base.Dispose();
        }
    }
}

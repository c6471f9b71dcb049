using Afterimage.Kernels.Launch;
using Afterimage.Planning;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>
/// The bodies that one cache context's forwards have recorded, one per <see cref="StepKind"/>, and the buffers that they read their inputs from. The
/// first forward of a kind runs as always, and so makes what is made once; the second is recorded, and replayed like all that follow.
/// </summary>
/// <param name="recorder">Records them.</param>
internal sealed class StepGraphs(StepRecorder recorder) : IDisposable
{
    private readonly Dictionary<StepKind, RecordedStep?> _steps = [];
    private Tensor?[]? _inputs;
    private object?[] _others = [];
    private bool _failed;

    /// <summary>How many forwards have not run their body.</summary>
    public int Replays { get; private set; }

    /// <summary>Copies a forward's tensors, which are like those of the first, to where bodies read them.</summary>
    public void Begin(ReadOnlySpan<Tensor?> inputs)
    {
        // Written to at every forward, whatever mode the caller is in.
        using var normalMode = inference_mode(false);
        using var noGradient = no_grad();
        _inputs ??= [.. inputs.ToArray().Select(input => input is null ? null : empty_like(input).DetachFromDisposeScope())];
        for (var i = 0; i < _inputs.Length; i++)
            _inputs[i]?.Copy_(inputs[i]!);
    }

    /// <summary>What the body gets of an input that is not null: a fresh view outside every dispose scope, which the caller disposes of.</summary>
    public Tensor Input(int input) => _inputs![input]!.alias().DetachFromDisposeScope();

    /// <summary>Runs the body of the forward that is under way, or replays what a forward of its kind has recorded.</summary>
    /// <param name="state">Of the forward.</param>
    /// <param name="body">What it does.</param>
    /// <param name="others">The arguments of the body that are no tensors. Where they change, all is recorded anew.</param>
    /// <returns>What it gives, in the current dispose scope, owned by the caller.</returns>
    public Tensor Run(ContextState state, Func<Tensor> body, ReadOnlySpan<object?> others)
    {
        if (!others.SequenceEqual(_others))
        {
            Forget();
            _others = others.ToArray();
        }
        var kind = state.Kind;
        if (_failed || _steps.TryAdd(kind, null))
            return Copied(body);
        if (_steps[kind] is { } known)
        {
            state.Replayed();
            Replays++;
            return Replayed(known);
        }
        if (Record(state, body) is not { } recorded)
            return Copied(body);
        _steps[kind] = recorded;
        return Replayed(recorded);
    }

    /// <summary>Frees what has been recorded.</summary>
    public void Forget()
    {
        foreach (var step in _steps.Values)
            step?.Dispose();
        _steps.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        foreach (var input in _inputs ?? [])
            input?.Dispose();
        _inputs = null;
    }

    private static Tensor Replayed(RecordedStep step)
    {
        step.Replay();
        return step.Output.clone();
    }

    // What a body gives may be a view of an input, which the next forward writes over.
    private static Tensor Copied(Func<Tensor> body)
    {
        using var output = body();
        return output.clone();
    }

    /// <summary>
    /// Recording keeps account of histories as running does; where it fails, that is taken back, and nothing is recorded from then on.
    /// </summary>
    private RecordedStep? Record(ContextState state, Func<Tensor> body)
    {
        var before = state.Progress;
        if (recorder.Record(body) is { } recorded)
            return recorded;
        state.Progress = before;
        Forget();
        _failed = true;
        return null;
    }
}

using static TorchSharp.torch;

namespace Afterimage;

/// <summary>
/// Forwards that begin alike, from the same inputs and the same random state, and what each leaves. Both are as they were once this is
/// disposed of.
/// </summary>
internal sealed class ObservedForward : IDisposable
{
    private readonly Func<Tensor> _forward;
    private readonly IReadOnlyList<Tensor> _inputs;
    private readonly Tensor[] _given;
    private readonly Tensor _randomState = get_rng_state().DetachFromDisposeScope();

    public ObservedForward(Func<Tensor> forward, IReadOnlyList<Tensor> inputs)
    {
        (_forward, _inputs) = (forward, inputs);
        _given = Copies();
    }

    /// <summary>Runs one forward. The result is the caller's.</summary>
    public Outcome Run()
    {
        Restore();
        using var scope = NewDisposeScope();
        var output = _forward();
        return new Outcome(output.detach().clone().DetachFromDisposeScope(), Copies(), get_rng_state().DetachFromDisposeScope());
    }

    /// <summary>The first thing in which two forwards differ.</summary>
    public static (SelfCheckFault Fault, double Difference) Compare(Outcome actual, Outcome expected)
    {
        if (!TensorBits.AreEqual(actual.Output, expected.Output))
            return (SelfCheckFault.OutputDiffers, TensorBits.LargestDifference(actual.Output, expected.Output));
        for (var i = 0; i < actual.Inputs.Length; i++)
        {
            if (!TensorBits.AreEqual(actual.Inputs[i], expected.Inputs[i]))
                return (SelfCheckFault.InputsDiffer, TensorBits.LargestDifference(actual.Inputs[i], expected.Inputs[i]));
        }

        return TensorBits.AreEqual(actual.RandomState, expected.RandomState) ? (SelfCheckFault.None, 0) : (SelfCheckFault.RandomStateDiffers, 0);
    }

    /// <summary>How far a forward moved its inputs; null where it wrote into none.</summary>
    public double? InputsMoved(Outcome outcome)
    {
        for (var i = 0; i < _given.Length; i++)
        {
            if (!TensorBits.AreEqual(outcome.Inputs[i], _given[i]))
                return TensorBits.LargestDifference(outcome.Inputs[i], _given[i]);
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Restore();
        foreach (var copy in _given)
            copy.Dispose();
        _randomState.Dispose();
    }

    private void Restore()
    {
        for (var i = 0; i < _inputs.Count; i++)
        {
            if (!TensorBits.AreEqual(_inputs[i], _given[i]))
                _inputs[i].Copy_(_given[i]);
        }

        set_rng_state(_randomState);
    }

    private Tensor[] Copies() => [.. _inputs.Select(input => input.detach().clone().DetachFromDisposeScope())];

    /// <summary>What a forward left, in copies.</summary>
    internal sealed record Outcome(Tensor Output, Tensor[] Inputs, Tensor RandomState) : IDisposable
    {
        public void Dispose()
        {
            Output.Dispose();
            RandomState.Dispose();
            foreach (var input in Inputs)
                input.Dispose();
        }
    }
}

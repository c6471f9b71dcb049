using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>How a forward follows the one before it.</summary>
internal enum Succession
{
    /// <summary>The next evaluation of the same generation.</summary>
    GoesOn,

    /// <summary>The first of another generation.</summary>
    BeginsAnew,

    /// <summary>Another evaluation of the same step, on other conditions: guidance in two calls.</summary>
    RepeatsTheStep,
}

/// <summary>
/// Tells how the calls of one cache context follow each other where no plan says it. A generation's timesteps go down; one that
/// comes twice in a row is a second evaluation by the scheduler (Heun's method, or rounding) while nothing but the latents differs.
/// </summary>
/// <remarks>What is denoised is the first tensor of <c>forward</c>. Inputs are kept as copies, as callers write over theirs.</remarks>
internal sealed class CallSequence : IDisposable
{
    private Tensor?[] _inputs = [];

    /// <summary>The timestep of the forward that was noted last, if there was one.</summary>
    public double? Timestep { get; private set; }

    /// <summary>How a forward follows the one that was noted last.</summary>
    /// <param name="timestep">Its timestep.</param>
    /// <param name="inputs">Its tensors; none where only the timestep is to decide.</param>
    public Succession Next(double timestep, ReadOnlySpan<Tensor?> inputs)
    {
        if (timestep > Timestep)
            return Succession.BeginsAnew;
        if (timestep != Timestep || inputs.IsEmpty)
            return Succession.GoesOn;
        using var noGradient = no_grad();
        var conditionsDiffer = false;
        for (var i = 1; i < inputs.Length; i++)
            conditionsDiffer |= !TensorValues.AreEqual(_inputs[i], inputs[i]);
        return !conditionsDiffer ? Succession.GoesOn
            : TensorValues.AreEqual(_inputs[0], inputs[0]) ? Succession.RepeatsTheStep
            : Succession.BeginsAnew;
    }

    /// <summary>Notes a forward that begins.</summary>
    /// <inheritdoc cref="Next" path="/param"/>
    public void Note(double timestep, ReadOnlySpan<Tensor?> inputs)
    {
        Dispose();
        Timestep = timestep;
        using var noGradient = no_grad();
        _inputs = new Tensor?[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
            _inputs[i] = inputs[i]?.clone().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var input in _inputs)
            input?.Dispose();
        (Timestep, _inputs) = (null, []);
    }
}

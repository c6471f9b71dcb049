using Afterimage.Planning;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>Decides before a forward's body whether it skips, in one cache context of a run.</summary>
internal abstract class StepDecision : IDisposable
{
    /// <summary>The decision of a rule; <see langword="null"/> where nothing is decided, or not before the body.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="ranks">Those that decide together, where there are several.</param>
    public static StepDecision? Of(DecisionRule? rule, Communicator? ranks) => rule switch
    {
        IndicatorRule indicator => new IndicatorDecision(indicator, ranks),
        LatentsRule latents => new LatentsDecision(latents),
        _ => null,
    };

    /// <summary>Whether what is looked at is what the model's <see cref="ChangeIndicatorAttribute"/> gives.</summary>
    public virtual bool AsksIndicator => false;

    /// <summary>The bytes held.</summary>
    public abstract long Bytes { get; }

    /// <summary>Decides, once per forward.</summary>
    /// <param name="subject">What is looked at. The caller keeps it.</param>
    /// <param name="maySkip">Whether the forward may skip at all.</param>
    public abstract bool Decide(Tensor subject, bool maySkip);

    /// <summary>Takes note of the output of a forward that computed. The caller keeps it.</summary>
    public virtual void Computed(Tensor output) { }

    /// <inheritdoc/>
    public abstract void Dispose();
}

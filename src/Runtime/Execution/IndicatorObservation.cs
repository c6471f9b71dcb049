using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>Tells of what the model's <see cref="ChangeIndicatorAttribute"/> gives, and decides nothing.</summary>
internal sealed class IndicatorObservation(SiteObserver observer) : StepDecision
{
    /// <summary>The place of the indicator, which is no site.</summary>
    public const int Place = -1;

    /// <inheritdoc/>
    public override bool AsksIndicator => true;

    /// <inheritdoc/>
    public override long Bytes => 0;

    /// <inheritdoc/>
    public override bool Decide(Tensor subject, bool maySkip)
    {
        observer(Place, 0, subject);
        return false;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}

using Afterimage.Configuration;
using Afterimage.Kernels;
using Afterimage.Kernels.Launch;
using Afterimage.Planning;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>TeaCache's decision (<c>teacache_forward</c>): the changes from forward to forward, through a polynomial, summed up since the last that computed.</summary>
/// <param name="rule">When a forward is skipped.</param>
/// <param name="ranks">Those that decide together: each sees a branch of guidance, and all do the same.</param>
internal sealed class IndicatorDecision(IndicatorRule rule, Communicator? ranks) : StepDecision
{
    private Tensor? _before;
    private double _sum;

    /// <inheritdoc/>
    public override bool AsksIndicator => true;

    /// <inheritdoc/>
    public override long Bytes => TensorMemory.BytesOf(_before);

    /// <inheritdoc/>
    public override bool Decide(Tensor subject, bool maySkip)
    {
        var skips = maySkip && _before is not null && IsBelow(subject, _before);
        if (!skips)
            _sum = 0;
        _before?.Dispose();
        _before = subject.detach().clone().DetachFromDisposeScope();
        return skips;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _before?.Dispose();
        (_before, _sum) = (null, 0);
    }

    private bool IsBelow(Tensor subject, Tensor before)
    {
        using var change = RelativeL1.Between(subject, before, ranks);
        _sum += Polynomial.Of(rule.Coefficients, change.Number<float>());
        return _sum < rule.Threshold;
    }
}

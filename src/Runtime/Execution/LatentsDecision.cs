using Afterimage.Kernels.Launch;
using Afterimage.Planning;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>
/// EasyCache's decision (<c>easycache_forward</c>): between the last two computed forwards the output changed by some number of times as much as the latents did, and
/// is taken to do so since.
/// </summary>
internal sealed class LatentsDecision(LatentsRule rule) : StepDecision
{
    private Tensor? _before; // the latents of the last forward
    private Tensor? _input;  // those of the last that computed, and its output
    private Tensor? _output;
    private Tensor? _rate;
    private double _sum;

    /// <inheritdoc/>
    public override long Bytes => Held.Sum(TensorMemory.BytesOf);

    private IEnumerable<Tensor> Held => new[] { _before, _input, _output, _rate }.OfType<Tensor>();

    /// <inheritdoc/>
    public override bool Decide(Tensor subject, bool maySkip)
    {
        using var scope = NewDisposeScope();
        var skips = false;
        if (maySkip && _rate is not null)
        {
            _sum += _rate.Times(Distance(subject, _before!)).Over(Size(_output!)).Number<float>();
            skips = _sum < rule.Threshold;
        }
        if (!skips)
            _sum = 0;
        Replace(ref _before, subject.detach().clone());
        return skips;
    }

    /// <inheritdoc/>
    public override void Computed(Tensor output)
    {
        using var scope = NewDisposeScope();
        if (_output is not null)
            Replace(ref _rate, Distance(output, _output).Over(Distance(_before!, _input!)));
        Replace(ref _input, _before!.alias());
        Replace(ref _output, output.detach().clone());
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var tensor in Held)
            tensor.Dispose();
        (_before, _input, _output, _rate, _sum) = (null, null, null, null, 0);
    }

    private static void Replace(ref Tensor? held, Tensor tensor)
    {
        held?.Dispose();
        held = tensor.DetachFromDisposeScope();
    }

    private static Tensor Distance(Tensor value, Tensor reference) => Size(value.to(ScalarType.Float32).Minus(reference.to(ScalarType.Float32)));

    private static Tensor Size(Tensor tensor) => tensor.to(ScalarType.Float32).abs().mean();
}

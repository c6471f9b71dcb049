using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>
/// Measures how the length of what a model's blocks add changes from forward to forward: the mean over tokens of ‖R‖ / ‖R before‖ (MagCache; diffusers
/// <c>hooks/mag_cache.py</c>, <c>_perform_calibration_step</c>).
/// </summary>
internal sealed class MagnitudeMeter : IDisposable
{
    private readonly List<double> _ratios = [];
    private Tensor? _before;
    private Tensor? _added;

    /// <summary>The ratios so far, one per forward; 1 for the first.</summary>
    public IReadOnlyList<double> Ratios => _ratios;

    /// <summary>Takes note of what a stack added. Of a later stack whose tokens begin with others, such as the prompt's, the last count.</summary>
    /// <param name="added">[batch, tokens, dim]. The caller keeps it.</param>
    public void Add(Tensor added)
    {
        using var scope = NewDisposeScope();
        var sum = added;
        if (_added is not null)
        {
            var tokens = Math.Min(_added.size(1), added.size(1));
            sum = Last(_added, tokens).Plus(Last(added, tokens));
            _added.Dispose();
        }
        _added = sum.to(ScalarType.Float32, copy: true).DetachFromDisposeScope();
    }

    /// <summary>Ends a forward.</summary>
    public void Measure()
    {
        if (_added is null)
            return;
        using (NewDisposeScope())
        {
            var ratio = _before is null
                ? 1
                : Length(_added).Over(Length(_before).Plus(1e-8)).mean().Number<float>();
            _ratios.Add(ratio);
        }
        _before?.Dispose();
        (_before, _added) = (_added, null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _before?.Dispose();
        _added?.Dispose();
        (_before, _added) = (null, null);
        _ratios.Clear();
    }

    private static Tensor Last(Tensor tokens, long count) => tokens.narrow(1, tokens.size(1) - count, count);

    private static Tensor Length(Tensor tokens) => tokens.Squared().sum(-1).sqrt();
}

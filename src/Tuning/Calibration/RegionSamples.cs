using static TorchSharp.torch;

namespace Afterimage.Tuning;

/// <summary>
/// The same part of a region's values at every step of a run: whole rows of the last dimension (tokens), at even distances over each value. Of large models a value is many
/// megabytes, and what is measured are means over it.
/// </summary>
/// <param name="numbers">The most numbers to keep of one value.</param>
internal sealed class RegionSamples(long numbers) : IDisposable
{
    private readonly List<Tensor> _steps = []; // [numbers] each, float32, on the CPU
    private readonly List<Tensor> _parts = [];
    private long _width;

    /// <summary>Takes its part of a value of the step that is being done. The caller keeps it.</summary>
    /// <param name="value">[…, width]</param>
    public void Add(Tensor value)
    {
        using var scope = NewDisposeScope();
        _width = value.dim() == 0 ? 1 : value.size(-1);
        var rows = value.detach().reshape(-1, _width);
        var count = Math.Clamp(numbers / _width, 1, rows.size(0));
        var stride = rows.size(0) / count;
        _parts.Add(rows.narrow(0, 0, count * stride).view(count, stride, _width).select(1, 0).to(ScalarType.Float32, copy: true).flatten().DetachFromDisposeScope());
    }

    /// <summary>Ends a step.</summary>
    public void EndStep()
    {
        if (_parts.Count == 0)
            return;
        using var scope = NewDisposeScope();
        _steps.Add(cat([.. _parts]).MovedTo(CPU).DetachFromDisposeScope());
        Clear(_parts);
    }

    /// <summary>What they say; <see langword="null"/> where there are none, or not of every step.</summary>
    /// <param name="steps">How many steps there were.</param>
    public RegionStatistics? Measure(int steps)
    {
        if (_steps.Count != steps || _steps.Any(step => step.numel() != _steps[0].numel()))
            return null;
        using var scope = NewDisposeScope();
        var samples = stack([.. _steps]).to(ScalarType.Float64); // [steps, numbers]
        var products = samples.matmul(samples.t()).Over(samples.size(1)).data<double>().ToArray();
        var sizes = samples.abs().mean([1]).data<double>().ToArray();
        var distances = steps > 1 ? samples.diff(dim: 0).abs().mean([1]).data<double>().ToArray() : [];
        var lengths = samples.view(steps, -1, _width).Squared().sum(-1).sqrt(); // [steps, rows]
        var ratios = steps > 1 ? (lengths.narrow(0, 1, steps - 1) / lengths.narrow(0, 0, steps - 1).Plus(1e-8)).mean([1]).data<double>().ToArray() : [];
        return new RegionStatistics(
            new StepProducts(steps, [.. Enumerable.Range(0, steps).SelectMany(step => products[(step * steps)..(step * steps + step + 1)])]),
            [0, .. distances.Zip(sizes, (distance, size) => distance / Math.Max(size, double.Epsilon))],
            [1, .. ratios]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Clear(_steps);
        Clear(_parts);
    }

    private static void Clear(List<Tensor> tensors)
    {
        tensors.ForEach(tensor => tensor.Dispose());
        tensors.Clear();
    }
}

using Afterimage.Execution;
using static TorchSharp.torch;

namespace Afterimage.Tuning;

/// <summary>Samples of every region of one run, and of the model's indicator of change where it has one.</summary>
/// <param name="plan">The run's plan, which keeps every value.</param>
internal sealed class RunSamples(CachePlan plan) : IDisposable
{
    // In float32 and over 50 steps 100 MB of a region: enough for a mean, little beside a model.
    private const long NumbersOfRegion = 1 << 19;

    private readonly Dictionary<RegionName, RegionSamples> _regions = [];
    private readonly Dictionary<SiteKind, int> _sites = plan.Sites.CountBy(site => site.Kind).ToDictionary();
    private readonly RegionSamples _indicator = new(NumbersOfRegion);

    /// <summary>Takes a sample: a <see cref="SiteObserver"/>.</summary>
    public void Observe(int site, int tensor, Tensor value)
    {
        if (site == IndicatorObservation.Place)
        {
            _indicator.Add(value);
            return;
        }
        var kind = plan.Sites[site].Kind;
        // The other tensors of a site, as the prompt's tokens of a stack, are few beside the first.
        if (kind == SiteKind.PromptProjection || (tensor > 0 && kind != SiteKind.Guidance))
            return;
        var name = new RegionName(kind, tensor);
        if (!_regions.TryGetValue(name, out var samples))
            _regions[name] = samples = new RegionSamples(NumbersOfRegion / _sites[kind]);
        samples.Add(value);
    }

    /// <summary>Ends a step.</summary>
    public void EndStep()
    {
        foreach (var samples in _regions.Values)
            samples.EndStep();
        _indicator.EndStep();
    }

    /// <summary>What they say of each region.</summary>
    /// <param name="steps">How many steps there were.</param>
    public IReadOnlyDictionary<RegionName, RegionStatistics> Measure(int steps) => _regions
        .Select(region => (region.Key, Statistics: region.Value.Measure(steps)))
        .Where(region => region.Statistics is not null)
        .ToDictionary(region => region.Key, region => region.Statistics!);

    /// <summary>How much the indicator changed from step to step, 0 for the first; <see langword="null"/> where the model has none.</summary>
    /// <param name="steps">How many steps there were.</param>
    public IReadOnlyList<double>? IndicatorChanges(int steps) => _indicator.Measure(steps)?.Changes;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var samples in _regions.Values)
            samples.Dispose();
        _indicator.Dispose();
    }
}

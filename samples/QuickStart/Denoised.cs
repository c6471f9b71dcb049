using Afterimage;
using static TorchSharp.torch;

namespace QuickStart;

/// <summary>What came of a run.</summary>
internal sealed record Denoised(Tensor Latents, double Seconds, CachePlan? Plan, long HistoryBytes)
{
    /// <summary>The share of attention sites that were computed, over all steps.</summary>
    public double AttentionComputed => Plan is null ? 1 : Plan.Rows.Average(row =>
        row.Cells.Where((_, site) => Plan.Touches(site)).Average(cell => cell.IsComputed ? 1.0 : 0.0));

    /// <summary>The share of steps that computed the unconditional half of guidance.</summary>
    public double UnconditionalComputed =>
        Plan is null ? 1 : Plan.Rows.Average(row => Plan.GuidanceOf(row).IsComputed ? 1.0 : 0.0);

    /// <summary>The largest difference of the latents, as a share of the largest magnitude of <paramref name="reference"/>.</summary>
    public double DistanceTo(Denoised reference)
    {
        using var scope = NewDisposeScope();
        return (Latents - reference.Latents).abs().max().item<float>() / reference.Latents.abs().max().item<float>();
    }
}

namespace Afterimage.Tuning;

/// <summary>What steps cost, in seconds, as they were measured.</summary>
/// <param name="Fixed">What a film takes beside its steps: text and decoding.</param>
/// <param name="Guidance">What a full step takes longer that keeps the difference of guidance.</param>
/// <param name="Steps">The median of steps that skip the same kinds of site, by their names (<c>none</c>, <c>BlockStack</c>, <c>BlockStack+Guidance</c>).</param>
public sealed record StepCosts(double Fixed, double Guidance, IReadOnlyDictionary<string, double> Steps)
{
    private readonly Dictionary<SkippedKinds, double> _seconds = Steps.ToDictionary(step => SkippedKinds.Parse(step.Key), step => step.Value);

    /// <summary>Whether steps that skip these kinds were measured.</summary>
    internal bool Has(SkippedKinds skipped) => _seconds.ContainsKey(skipped);

    /// <summary>The seconds of a whole film.</summary>
    internal double Of(PlanDraft draft)
    {
        var more = draft.KeepsGuidance ? Guidance : 0;
        return Fixed + draft.Steps.Sum(step => _seconds[step] + (step.Has(SiteKind.Guidance) ? 0 : more));
    }
}

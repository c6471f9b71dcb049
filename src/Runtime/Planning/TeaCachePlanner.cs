using System.Collections.Immutable;
using System.Globalization;

namespace Afterimage.Planning;

/// <summary>TeaCache where what it looks at depends on the latents: decided before each forward's body.</summary>
internal sealed class TeaCachePlanner(TeaCacheConfig config, IReadOnlyList<CacheSite> sites, int? steps)
    : DecidingPlanner(config, sites, SiteKind.BlockStack)
{
    public override string Method => "TeaCache";

    public override DecisionRule Rule { get; } = new IndicatorRule(config.Threshold, [.. config.Coefficients]);

    public override ImmutableArray<string> Notes =>
    [
        string.Create(
            CultureInfo.InvariantCulture,
            $"It decides while it runs: a forward between the first{(steps is null ? "" : " and the last")} skips all blocks while the changes that its polynomial gives of the model's indicator ")
            + string.Create(CultureInfo.InvariantCulture, $"sum up to less than {config.Threshold:0.####} since the last that computed."),
    ];

    protected override bool MaySkip(string context, int forward) => forward != steps - 1;
}

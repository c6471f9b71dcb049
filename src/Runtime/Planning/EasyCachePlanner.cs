using System.Collections.Immutable;
using System.Globalization;

namespace Afterimage.Planning;

/// <summary>EasyCache: decided before each forward, on the latents alone.</summary>
internal sealed class EasyCachePlanner(EasyCacheConfig config, IReadOnlyList<CacheSite> sites, int? steps)
    : DecidingPlanner(config, sites, SiteKind.Model)
{
    public override string Method => "EasyCache";

    public override DecisionRule Rule { get; } = new LatentsRule(config.Threshold);

    public override ImmutableArray<string> Notes =>
    [
        string.Create(
            CultureInfo.InvariantCulture,
            $"It decides while it runs: from forward {Math.Max(2, config.RetentionSteps)} {(steps is null ? "on" : $"to {steps - 2}")} a forward does not run at all while the change that the ")
            + string.Create(CultureInfo.InvariantCulture, $"change of its latents lets expect sums up to less than {config.Threshold:0.####} since the last that computed."),
    ];

    protected override bool MaySkip(string context, int forward) => forward >= config.RetentionSteps && forward != steps - 1;
}

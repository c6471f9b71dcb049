using Afterimage.Planning;

namespace Afterimage;

public sealed partial record CachePlan
{
    /// <summary>How many sites' forwards the plan has, of sites that a setting applies to.</summary>
    public int SiteForwards => Rows.Length * Touched.Count(touched => touched);

    /// <summary>How many of <see cref="SiteForwards"/> do not run.</summary>
    public int SkippedSiteForwards => Rows.Sum(row => row.Cells.Where((cell, site) => Touched[site] && !cell.IsComputed).Count());

    /// <summary>How many forwards run on the conditional half alone.</summary>
    public int SkippedUnconditionalHalves => Rows.Count(row => !GuidanceOf(row).IsComputed);

    /// <summary>
    /// How many kinds of forward there are: two of one kind run the same operations with the same numbers on the same memory of what is kept.
    /// Forwards that do not run the model's body are none. What a device records of one forward it may replay for the others of its kind.
    /// </summary>
    public int StepKinds => KindsOfHistories.Sum(kinds => kinds.OfType<StepKind>().Distinct().Count());

    internal IEnumerable<IEnumerable<StepKind?>> KindsOfHistories =>
        Rows.GroupBy(row => SharesStateAcrossContexts ? "" : row.Context).Select(rows => StepKind.OfHistory(rows, this));

    /// <summary>The bytes of history that a run of this plan holds, workspace of kernels and copies of the prompt aside.</summary>
    /// <exception cref="ArgumentException">The profile lacks one of the plan's sites.</exception>
    public long HistoryBytes(ModelProfile profile)
    {
        var costs = CostsOf(profile);
        var histories = SharesStateAcrossContexts ? 1 : Contexts.Length;
        var bytesOfPrompt = BytesOf(IsOfPrompt);
        var bytesOfSites = BytesOf(site => !IsOfPrompt(site)) / (KeepsConditionalHalf ? 2 : 1);
        return histories * (bytesOfSites + bytesOfPrompt);

        long BytesOf(Func<int, bool> which) => Slots.Zip(costs).Where((_, site) => which(site)).Sum(each => each.First.Bytes(each.Second));
    }

    /// <summary>
    /// The share of floating-point operations that a run of this plan does not execute, from 0 to 1, against a run without cache.
    /// A skipped site saves its module's operations and nothing else, a skipped stack those of its blocks; a skipped unconditional half saves half of what is left.
    /// </summary>
    /// <exception cref="ArgumentException">The profile lacks one of the plan's sites, or its total is not positive.</exception>
    public double FlopsSaved(ModelProfile profile)
    {
        if (profile.TotalFlops <= 0)
            throw new ArgumentException($"TotalFlops is {profile.TotalFlops}; a share of it cannot be taken.", nameof(profile));
        double[] saved = [.. Sites.Zip(CostsOf(profile), (site, cost) => ShareBetween(site) * cost.Flops)];
        var executed = Rows.Average(row =>
        {
            var skipped = Sites.Zip(row.Cells, saved).Sum(each => Saves(each.First, each.Second) ? each.Third : 0);
            var left = Math.Max(0, profile.TotalFlops - skipped);
            return GuidanceOf(row).IsComputed ? left : left / 2;
        });
        return 1 - executed / profile.TotalFlops;
    }

    // What a skipped stack or model has in it is in the stack's or model's own costs.
    private static bool Saves(CacheSite site, PlanCell cell) => !cell.IsComputed
        && !(cell.Action == SiteAction.LeftOut && (site.LeftOutWith == CacheSite.WholeModel || site.Name.StartsWith($"{site.LeftOutWith}.", StringComparison.Ordinal)));

    /// <summary>The share of a stack's blocks that a gate leaves to be skipped; 1 without a gate.</summary>
    private double ShareBetween(CacheSite site)
    {
        if (Gate is not { } gate || site.Kind != SiteKind.BlockStack)
            return 1;
        var stacks = Sites.Where(each => each.Kind == SiteKind.BlockStack).ToArray();
        var blocks = Sites.Max(each => BlockNumber.Of(each, site.Name)?.Block) + 1 ?? 1;
        return 1 - (double)((site == stacks[0] ? gate.Head : 0) + (site == stacks[^1] ? gate.Tail : 0)) / blocks;
    }

    private SiteProfile[] CostsOf(ModelProfile profile)
    {
        var byName = profile.Sites.ToDictionary(site => site.Name);
        return [.. Sites.Select(site => site.Kind == SiteKind.Guidance ? new SiteProfile(site.Name, profile.OutputElements, Rows: 0, Bytes: 0, Flops: 0) : byName.GetValueOrDefault(site.Name)
            ?? throw new ArgumentException($"The profile has no site {site.Name}; it is one of another model.", nameof(profile)))];
    }
}

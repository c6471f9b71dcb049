namespace Afterimage;

/// <summary>A site of a model.</summary>
/// <param name="Name">The module's full name in the model, such as <c>transformer_blocks.0.attn1</c>.</param>
/// <param name="Kind">What the site is.</param>
/// <param name="LeftOutWith">
/// The name of the site that, where its own forward does not run, leaves this one out: the site or stack that this one's block is in, the whole model, or the
/// only site that reads its result. <see langword="null"/> where there is none.
/// </param>
/// <param name="PromptIsMarked">
/// Of a <see cref="SiteKind.PromptProjection"/>: whether the model's forward marks what its prompt is (<see cref="PromptAttribute"/>), so that a run can tell when
/// it changes. Without that the site is computed at every forward.
/// </param>
public sealed record CacheSite(string Name, SiteKind Kind, string? LeftOutWith = null, bool PromptIsMarked = false)
{
    /// <summary>The name of the site that is the whole model: none that a module can have.</summary>
    internal const string WholeModel = "(model)";

    private static readonly CacheSite s_guidance = new("(guidance)", SiteKind.Guidance);

    /// <summary>How many elements a value has in the history, which a plan weighs one by one: of guidance its low and its high frequencies.</summary>
    internal int Elements => Kind == SiteKind.Guidance ? 2 : 1;

    /// <summary>The sites of a run: a model's, and the unconditional half as the last where guidance comes in a batch.</summary>
    internal static IReadOnlyList<CacheSite> OfRun(IReadOnlyList<CacheSite> sites, GuidanceLayout layout)
    {
        var ofModel = PlaceOfGuidance(sites) < 0 ? sites : [.. sites.SkipLast(1)];
        return layout == GuidanceLayout.Batched ? [.. ofModel, s_guidance] : ofModel;
    }

    /// <summary>Whether anything is kept of the difference between both halves of guidance.</summary>
    internal static bool KeepsGuidance(IReadOnlyList<CacheSite> sites, IReadOnlyList<SlotLayout> slots) => PlaceOfGuidance(sites) is >= 0 and var place && slots[place].Values > 0;

    /// <summary>Where the unconditional half is among a run's sites; −1 where it is not.</summary>
    internal static int PlaceOfGuidance(IReadOnlyList<CacheSite> sites) => sites is [.., { Kind: SiteKind.Guidance }] ? sites.Count - 1 : -1;

    /// <summary>Which sites are in the model's stacks of blocks; all, where it marks none. What is outside, as the attention that refines a prompt, is not what papers skip.</summary>
    internal static Func<CacheSite, bool> InStacks(IReadOnlyList<CacheSite> sites)
    {
        if (sites.All(site => site.Kind != SiteKind.BlockStack))
            return _ => true;
        var named = sites.DistinctBy(site => site.Name).ToDictionary(site => site.Name);
        return site =>
        {
            while (site.LeftOutWith is { } name && named.TryGetValue(name, out var outer))
            {
                if (outer.Kind == SiteKind.BlockStack)
                    return true;
                site = outer;
            }
            return false;
        };
    }

    /// <summary>The sites that leave out a site where they are skipped, the innermost first.</summary>
    internal static IEnumerable<CacheSite> Outer(IReadOnlyList<CacheSite> sites, CacheSite site)
    {
        while (site.LeftOutWith is { } name && sites.FirstOrDefault(other => other.Name == name) is { } outer)
            yield return site = outer;
    }
}

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

    /// <summary>The sites that leave out a site where they are skipped, the innermost first.</summary>
    internal static IEnumerable<CacheSite> Outer(IReadOnlyList<CacheSite> sites, CacheSite site)
    {
        while (site.LeftOutWith is { } name && sites.FirstOrDefault(other => other.Name == name) is { } outer)
            yield return site = outer;
    }
}

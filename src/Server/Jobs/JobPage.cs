namespace Afterimage.Server.Jobs;

/// <summary>A part of a list.</summary>
/// <param name="Ids">The jobs.</param>
/// <param name="HasMore">Whether others come after them.</param>
[GenerateSerializer]
internal sealed record JobPage(IReadOnlyList<string> Ids, bool HasMore);

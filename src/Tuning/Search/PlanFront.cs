namespace Afterimage.Tuning;

/// <summary>What a search found.</summary>
/// <param name="Plans">Those that no other is faster and nearer than, the slowest first.</param>
/// <param name="Others">Those that were measured as well.</param>
/// <param name="Compared">The caches that were to be measured beside them.</param>
/// <param name="Best">What comes nearest to the goal; <see langword="null"/> where none reaches it.</param>
public sealed record PlanFront(IReadOnlyList<TunedPlan> Plans, IReadOnlyList<TunedPlan> Others, IReadOnlyList<ComparedCache> Compared, TunedPlan? Best);

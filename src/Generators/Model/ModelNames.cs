namespace Afterimage.Generators.Model;

/// <summary>Names of a model's generated members and of their parameters and locals, none of which the author uses.</summary>
/// <param name="Delegate">Used where the model has no sites of its own, whose variants have a delegate.</param>
internal sealed record ModelNames(
    string Delegate, string Uncached, string Cached, string Cache, string Forward, string CachedForward, string Self, string Step, string Result);

namespace Afterimage.Generators.Model;

/// <summary>Names of a block's generated members and of their parameters, none of which the author uses.</summary>
/// <param name="Slots">One field name per site.</param>
/// <param name="Forwards">One method name per variant, by its mask.</param>
/// <param name="Gated">The method that can be left after the first blocks of its stacks.</param>
internal sealed record BlockNames(
    string Delegate, string Uncached, string Variants, string Sites, string Selected, string Self, string SiteIndex,
    EquatableArray<string> Slots, EquatableArray<string> Forwards, string Gated);

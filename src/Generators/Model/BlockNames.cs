namespace Afterimage.Generators.Model;

/// <summary>Names of a block's generated members and of their parameters, none of which the author uses.</summary>
/// <param name="Slots">One field name per site.</param>
/// <param name="Forwards">One method name per variant, by its number.</param>
internal sealed record BlockNames(
    string Variants, string Sites, string Selected, string SiteIndex,
    EquatableArray<string> Slots, EquatableArray<string> Forwards);

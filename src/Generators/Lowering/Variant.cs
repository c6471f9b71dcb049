namespace Afterimage.Generators.Lowering;

/// <summary>One straight-line method.</summary>
/// <param name="Number">Bit i is set when site i is skipped; the bit after those is the gated variant's.</param>
/// <param name="Method">The first variant of the same steps, whose method this one shares.</param>
/// <param name="Steps">Its statements, in order.</param>
/// <param name="NotRun">What the body does and this variant does not, beside the sites themselves.</param>
internal sealed record Variant(int Number, int Method, EquatableArray<VariantStep> Steps, EquatableArray<string> NotRun);

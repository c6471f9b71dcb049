namespace Afterimage.Generators.Lowering;

/// <summary>One straight-line method.</summary>
/// <param name="Mask">Bit i is set when site i is skipped.</param>
/// <param name="Steps">Its statements, in order.</param>
/// <param name="NotRun">What the body does and this variant does not, beside the sites themselves.</param>
internal sealed record Variant(int Mask, EquatableArray<VariantStep> Steps, EquatableArray<string> NotRun);

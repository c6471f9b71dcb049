namespace Afterimage.Generators.Lowering;

/// <summary>How one statement of the body appears in a variant.</summary>
/// <param name="Kind">What is emitted for it.</param>
/// <param name="Statement">The statement's index.</param>
/// <param name="Declares">Locals that it declared, that a later statement assigns, and that need a declaration of their own.</param>
internal sealed record VariantStep(StepKind Kind, int Statement, EquatableArray<LocalSpec> Declares);

namespace Afterimage.Generators.Model;

/// <summary>A class marked <c>[CacheableModel]</c>.</summary>
/// <param name="GuidanceLayout">The member of <c>GuidanceLayout</c> that the annotation names.</param>
/// <param name="GuidanceBatch">The indices of the parameters that carry both halves of guidance.</param>
/// <param name="Tensors">The indices of the parameters that are tensors.</param>
/// <param name="Latents">Which of <paramref name="Tensors"/>, by its place there, the result has the shape of; −1: none.</param>
/// <param name="Prompt">Which of <paramref name="Tensors"/>, by their places there, carry the prompt.</param>
/// <param name="Indicator">Set where a method tells what has changed.</param>
/// <param name="OverridesMove">Whether the author overrides what runs after a move to another device.</param>
/// <param name="OverridesDispose">Whether the author overrides <c>Dispose(bool)</c>.</param>
/// <param name="Names">The names of its generated members.</param>
internal sealed record ModelSpec(
    string GuidanceLayout, EquatableArray<int> GuidanceBatch, EquatableArray<int> Tensors, int Latents, EquatableArray<int> Prompt,
    IndicatorSpec? Indicator,
    bool OverridesMove, bool OverridesDispose, ModelNames Names);

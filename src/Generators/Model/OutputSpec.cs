namespace Afterimage.Generators.Model;

/// <summary>What makes a block a site as a whole.</summary>
/// <param name="Elements">The fields of its result by which each tensor is read; one that is empty where the result is a tensor.</param>
/// <param name="Slot">The field of its slot.</param>
/// <param name="Inner">The field with the variant that runs where the block does.</param>
/// <param name="Outputs">The field with what runs the block, and what stands in for it.</param>
/// <param name="Keep">The method that runs it.</param>
/// <param name="Take">The method that stands in for it.</param>
/// <param name="Result">A local that no parameter has the name of.</param>
internal sealed record OutputSpec(
    EquatableArray<string> Elements, string Slot, string Inner, string Outputs, string Keep, string Take, string Result);

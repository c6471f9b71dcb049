namespace Afterimage.Generators.Model;

/// <summary>What makes a site a stack: a loop in place of a call. The site's elements are all variables from outside of it that it assigns.</summary>
/// <param name="Gate">Its text, where it can be left after its first blocks; null where it cannot.</param>
/// <param name="Carried">The elements that one block hands on to the next.</param>
/// <param name="Lists">Every member that is a list of modules and that it goes through, the one that names the stack first.</param>
internal sealed record LoopSpec(LoopText? Gate, EquatableArray<string> Carried, EquatableArray<string> Lists);

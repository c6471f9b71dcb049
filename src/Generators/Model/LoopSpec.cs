namespace Afterimage.Generators.Model;

/// <summary>The loop over a stack of blocks.</summary>
/// <param name="Before">Its text up to what it goes through; the whole text where that is not the member itself.</param>
/// <param name="Collection">The member, as the loop names it; empty where it goes through something else.</param>
/// <param name="After">The rest of its text.</param>
/// <param name="Lists">Every list of modules that it goes through.</param>
internal sealed record LoopSpec(string Before, string Collection, string After, EquatableArray<string> Lists)
{
    /// <summary>Whether it can be run over some of its blocks.</summary>
    public bool CanBeParted => Collection.Length > 0;
}

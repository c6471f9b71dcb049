namespace Afterimage.Generators.Model;

/// <summary>The author's text of a loop, taken apart so that it can go through a part of its blocks.</summary>
internal sealed record LoopText(string Before, string Blocks, string After);

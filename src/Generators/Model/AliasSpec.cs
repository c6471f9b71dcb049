namespace Afterimage.Generators.Model;

/// <summary>After a statement, <paramref name="Target"/> may be the same memory as <paramref name="Source"/> was before it.</summary>
/// <param name="Target">A variable; empty when the value leaves the block.</param>
/// <param name="Source">A variable.</param>
/// <param name="IsCertain">Whether it is known to be, rather than not known not to be.</param>
internal sealed record AliasSpec(string Target, string Source, bool IsCertain);

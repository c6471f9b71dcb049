namespace Afterimage.Generators.Model;

/// <summary>A top-level statement of a block's body.</summary>
/// <param name="Kind">What may become of it.</param>
/// <param name="Text">The author's text.</param>
/// <param name="Span">Where that text is.</param>
/// <param name="Summary">Its right side on one line, for comments.</param>
/// <param name="Reads">Variables whose values flow in.</param>
/// <param name="Writes">Variables it may assign.</param>
/// <param name="Kills">Variables it always assigns.</param>
/// <param name="Names">Every identifier in it.</param>
/// <param name="Declares">Locals it brings into scope.</param>
/// <param name="Aliases">Which variables may afterwards share memory with which.</param>
/// <param name="Modules">The members it mentions that are, or hold, modules with a cached forward of their own.</param>
internal sealed record StatementSpec(
    StatementKind Kind, string Text, SourceSpan Span, string Summary,
    EquatableArray<string> Reads, EquatableArray<string> Writes, EquatableArray<string> Kills,
    EquatableArray<string> Names, EquatableArray<LocalSpec> Declares, EquatableArray<AliasSpec> Aliases, EquatableArray<string> Modules);

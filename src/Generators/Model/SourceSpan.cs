namespace Afterimage.Generators.Model;

/// <summary>A span of a file, counted from 1. Part of the model because the generated text maps to it.</summary>
internal readonly record struct SourceSpan(int StartLine, int StartColumn, int EndLine, int EndColumn);

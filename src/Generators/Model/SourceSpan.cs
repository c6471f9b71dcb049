namespace Afterimage.Generators.Model;

/// <summary>A span of a file, counted from 1. Part of the model because the generated text maps to it.</summary>
internal readonly record struct SourceSpan(int StartLine, int StartColumn, int EndLine, int EndColumn)
{
    // What the compiler takes in a #line directive.
    private const int LastColumn = 65536;
    private const int LastLine = 16707565;

    /// <summary>Whether a directive can name it.</summary>
    public bool CanBeMapped => StartColumn <= LastColumn && EndColumn <= LastColumn && EndLine <= LastLine;
}

using System.Text;

namespace Afterimage.Generators.Emit;

/// <summary>Writes indented lines that end in '\n' on every system.</summary>
internal sealed class IndentedTextWriter
{
    private const int SpacesPerLevel = 4;

    private readonly StringBuilder _text = new();
    private int _level;
    private bool _separate;

    /// <summary>How many columns the next line is indented by.</summary>
    public int Indentation => _level * SpacesPerLevel;

    public void Line(string text)
    {
        FlushSeparator();
        _text.Append(' ', text.Length == 0 ? 0 : Indentation).Append(text).Append('\n');
    }

    /// <summary>A line at the left margin: a directive.</summary>
    public void Directive(string text)
    {
        FlushSeparator();
        _text.Append(text).Append('\n');
    }

    /// <summary>Writes an empty line before the next one, if a next one comes before the block ends.</summary>
    public void Separate() => _separate = true;

    /// <summary>Opens braces that close when the result is disposed.</summary>
    public BlockScope Block()
    {
        Line("{");
        _level++;
        return new BlockScope(this, "}");
    }

    /// <summary>Indents until the result is disposed.</summary>
    public BlockScope Indent()
    {
        _level++;
        return new BlockScope(this, null);
    }

    public override string ToString() => _text.ToString();

    private void FlushSeparator()
    {
        _text.Append('\n', _separate ? 1 : 0);
        _separate = false;
    }

    /// <summary>Ends a block.</summary>
    public readonly struct BlockScope(IndentedTextWriter writer, string? close) : IDisposable
    {
        public void Dispose()
        {
            writer._separate = false;
            writer._level--;
            if (close is not null)
            {
                writer.Line(close);
            }
        }
    }
}

namespace Afterimage.Models;

/// <summary>Finds the pieces that a text begins with.</summary>
internal sealed class PieceTable
{
    private readonly (byte[] Text, int Id)[] _sorted;

    /// <param name="pieces">Pieces with their ids; none is empty.</param>
    /// <exception cref="InvalidDataException">A piece comes twice.</exception>
    public PieceTable(IEnumerable<(byte[] Text, int Id)> pieces)
    {
        _sorted = [.. pieces];
        Array.Sort(_sorted, (a, b) => a.Text.AsSpan().SequenceCompareTo(b.Text));
        for (var i = 1; i < _sorted.Length; i++)
        {
            if (_sorted[i].Text.AsSpan().SequenceEqual(_sorted[i - 1].Text))
                throw new InvalidDataException($"pieces {_sorted[i - 1].Id} and {_sorted[i].Id} are the same");
        }
    }

    /// <summary>Calls <paramref name="found"/> with length and id of every piece that <paramref name="text"/> begins with, the shortest first.</summary>
    public void PrefixesOf(ReadOnlySpan<byte> text, Action<int, int> found)
    {
        // Pieces that share the bytes looked at so far lie side by side, the one that has no more first.
        var (from, to) = (0, _sorted.Length);
        for (var i = 0; i < text.Length; i++)
        {
            from = FirstWith(from, to, i, text[i]);
            to = FirstWith(from, to, i, text[i] + 1);
            if (from == to)
                return;
            if (_sorted[from].Text.Length == i + 1)
                found(i + 1, _sorted[from].Id);
        }
    }

    /// <summary>The first piece of a range whose byte at a place is at least a value.</summary>
    private int FirstWith(int from, int to, int place, int value)
    {
        while (from < to)
        {
            var middle = (from + to) / 2;
            var text = _sorted[middle].Text;
            if (text.Length <= place || text[place] < value)
                from = middle + 1;
            else
                to = middle;
        }
        return from;
    }
}

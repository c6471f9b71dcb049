namespace Afterimage.Models;

/// <summary>
/// Cuts words into the tokens of a byte-pair encoding, whose last one in a word has <c>&lt;/w&gt;</c> at its end. Thread-safe. Source:
/// tokenizers <c>models/bpe</c>.
/// </summary>
internal sealed class BytePairEncoder
{
    /// <summary>What the last token of a word ends with.</summary>
    public const string EndOfWord = "</w>";

    private readonly BytePairVocabulary _vocabulary;
    private readonly int[] _ofBytes = new int[256];
    private readonly int[] _ofLastBytes = new int[256];

    /// <param name="vocabulary">The tokens.</param>
    /// <param name="unknownId">What a byte without a token becomes.</param>
    public BytePairEncoder(BytePairVocabulary vocabulary, int unknownId)
    {
        _vocabulary = vocabulary;
        for (var value = 0; value < _ofBytes.Length; value++)
        {
            var character = ByteCharacters.Of((byte)value);
            _ofBytes[value] = vocabulary.IdOf(character.ToString()) ?? unknownId;
            _ofLastBytes[value] = vocabulary.IdOf(character + EndOfWord) ?? unknownId;
        }
    }

    /// <summary>The ids of a word in UTF-8: one for each byte, of which the pair of the lowest rank becomes one until none is left.</summary>
    public IEnumerable<int> Encode(ReadOnlySpan<byte> word)
    {
        var ids = new int?[word.Length]; // null: joined to the one before
        var (previous, next) = (new int[word.Length], new int[word.Length]);
        for (var i = 0; i < word.Length; i++)
            (ids[i], previous[i], next[i]) = ((i < word.Length - 1 ? _ofBytes : _ofLastBytes)[word[i]], i - 1, i + 1);

        var pairs = new PriorityQueue<int, (int Rank, int Place)>();
        for (var i = 0; i < word.Length; i++)
            Offer(i);
        while (pairs.TryDequeue(out var left, out var priority))
        {
            // A pair that has changed since it was offered is offered anew, or is none.
            if (MergeAt(left) is not { } merge || merge.Rank != priority.Rank)
                continue;
            var right = next[left];
            (ids[left], ids[right], next[left]) = (merge.Id, null, next[right]);
            if (next[left] < ids.Length)
                previous[next[left]] = left;
            Offer(previous[left]);
            Offer(left);
        }
        return ids.OfType<int>();

        void Offer(int left)
        {
            if (MergeAt(left) is { } merge)
                pairs.Enqueue(left, (merge.Rank, left));
        }

        (int Rank, int Id)? MergeAt(int left) =>
            left >= 0 && ids[left] is { } first && next[left] < ids.Length ? _vocabulary.Merge(first, ids[next[left]]!.Value) : null;
    }
}

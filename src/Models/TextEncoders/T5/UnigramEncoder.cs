using System.Text;

namespace Afterimage.Models;

/// <summary>
/// Cuts texts into the pieces of a SentencePiece unigram model: those whose scores sum up highest. Thread-safe. Sums are rounded where
/// SentencePiece's are, so that equal ones are told apart as there. Source: SentencePiece <c>unigram_model.cc</c>
/// (<c>EncodeOptimized</c>), <c>sentencepiece_processor.cc</c>.
/// </summary>
internal sealed class UnigramEncoder
{
    private const float UnknownPenalty = 10;

    /// <summary>C's FLT_MIN, the least that SentencePiece takes the highest score for.</summary>
    private const float LeastHighest = 1.17549435e-38f;

    private readonly SentencePieceModel _model;
    private readonly PieceNormalizer _normalizer;
    private readonly PieceTable _table;
    private readonly int[] _ofBytes = new int[256];
    private readonly float _highest = LeastHighest;
    private readonly float _ofUnknown;

    /// <exception cref="InvalidDataException">A piece of the model comes twice.</exception>
    public UnigramEncoder(SentencePieceModel model)
    {
        _model = model;
        _normalizer = new PieceNormalizer(model);
        _table = new PieceTable(model.Pieces.Index()
            .Where(piece => piece.Item.Kind is PieceKind.Normal or PieceKind.UserDefined or PieceKind.Unused)
            .Select(piece => (piece.Item.Text, piece.Index)));
        var lowest = float.MaxValue;
        foreach (var (id, piece) in model.Pieces.Index())
        {
            if (piece.Kind == PieceKind.Normal)
                (lowest, _highest) = (Math.Min(lowest, piece.Score), Math.Max(_highest, piece.Score));
            else if (piece.Kind == PieceKind.Byte)
                _ofBytes[SentencePieceModel.ByteOf(piece)] = id;
        }
        _ofUnknown = lowest - UnknownPenalty;
    }

    /// <summary>
    /// The ids of a text. What has no piece is the ids of its bytes where the model has such, else one unknown id for each run of it.
    /// Half of a surrogate pair is read as U+FFFD.
    /// </summary>
    public List<int> Encode(string text)
    {
        var normal = _normalizer.Normalize(Encoding.UTF8.GetBytes(text));
        var ids = new List<int>();
        var afterUnknown = false;
        foreach (var (start, end, id) in Cut(normal))
        {
            var unknown = id == _model.UnknownId;
            if (unknown && _model.ByteFallback)
            {
                foreach (var value in normal.AsSpan(start, end - start))
                    ids.Add(_ofBytes[value]);
            }
            else if (!(unknown && afterUnknown))
                ids.Add(id);
            afterUnknown = unknown;
        }
        return ids;
    }

    /// <summary>The best pieces of a normal form, in order.</summary>
    private Stack<(int Start, int End, int Id)> Cut(byte[] normal)
    {
        // The best way to each place: its score, where its last piece begins, and that piece.
        var best = new (float Score, int Start, int Id)[normal.Length + 1];
        Array.Fill(best, (0, -1, -1));
        int length;
        for (var start = 0; start < normal.Length; start += length)
        {
            length = Math.Min(Utf8Length.Of(normal[start]), normal.Length - start);
            var (here, character, hasCharacter) = (start, length, false);
            var score = best[start].Score;
            _table.PrefixesOf(normal.AsSpan(start), (bytes, id) =>
            {
                var piece = _model.Pieces[id];
                if (piece.Kind == PieceKind.Unused)
                    return;
                var own = piece.Kind == PieceKind.UserDefined ? bytes * _highest - 0.1 : piece.Score;
                Offer(here, bytes, id, own + score);
                hasCharacter |= bytes == character;
            });
            if (!hasCharacter)
                Offer(start, length, _model.UnknownId, _ofUnknown + score);
        }

        var pieces = new Stack<(int, int, int)>();
        for (var end = normal.Length; end > 0; end = best[end].Start)
            pieces.Push((best[end].Start, end, best[end].Id));
        return pieces;

        void Offer(int start, int bytes, int id, double score)
        {
            ref var there = ref best[start + bytes];
            if (there.Start < 0 || score > there.Score)
                there = ((float)score, start, id);
        }
    }
}

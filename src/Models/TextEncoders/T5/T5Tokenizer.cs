using System.Text;
using Microsoft.ML.Tokenizers;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// The tokenizer of T5: SentencePiece, an end token, and padding. Thread-safe. Source: transformers
/// <c>models/t5/tokenization_t5.py</c>.
/// </summary>
public sealed class T5Tokenizer
{
    private const int PadId = 0;
    private const int EndId = 1;

    private readonly SentencePieceTokenizer _pieces;
    private readonly int _pieceCount;
    private readonly AddedTokens _added;

    private T5Tokenizer(SentencePieceTokenizer pieces, int pieceCount, AddedTokens added) =>
        (_pieces, _pieceCount, _added) = (pieces, pieceCount, added);

    /// <summary>The number of ids, those of added tokens included.</summary>
    public int VocabSize => Math.Max(_pieceCount, _added.Count);

    /// <summary>Reads a tokenizer's folder as transformers saves it.</summary>
    /// <param name="folder">
    /// The folder of <c>spiece.model</c> and, where they are, <c>tokenizer_config.json</c> and <c>added_tokens.json</c> (in a
    /// pipeline's folder, <c>tokenizer</c>).
    /// </param>
    /// <exception cref="FileNotFoundException">There is no <c>spiece.model</c>.</exception>
    /// <exception cref="InvalidDataException">A file is malformed; the message names it.</exception>
    public static T5Tokenizer FromPretrained(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var path = Path.Combine(folder, "spiece.model");
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: no such SentencePiece model", path);
        var model = SentencePieceModel.FromFile(path);
        return new T5Tokenizer(Create(model, path), model.PieceCount, AddedTokens.FromFolder(folder, model.PieceCount));
    }

    /// <summary>The ids of a text and the end token, without padding.</summary>
    public IReadOnlyList<int> EncodeToIds(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>();
        foreach (var (id, part) in _added.Split(text))
        {
            if (id is { } added)
                ids.Add(added);
            else
                ids.AddRange(Pieces(part));
        }
        return [.. ids, EndId];
    }

    /// <summary>
    /// A text in exactly <paramref name="length"/> ids, the end token among them: cut off where it is longer, and filled up where
    /// it is shorter. The caller disposes of the result.
    /// </summary>
    /// <param name="text">The text; it may be empty.</param>
    /// <param name="length">The length, 1 or more.</param>
    public T5Tokens Encode(string text, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        var ids = EncodeToIds(text);
        var kept = ids.Count <= length ? ids : [.. ids.Take(length - 1), EndId];
        // Ends within a text are nothing that could be told.
        var rest = Decode(ids.Skip(length - 1).SkipLast(1)) is { Length: > 0 } words && ids.Count > length ? words : null;
        long[] padded = [.. kept.Select(id => (long)id), .. Enumerable.Repeat((long)PadId, length - kept.Count)];
        long[] mask = [.. Enumerable.Range(0, length).Select(i => i < kept.Count ? 1L : 0)];
        return new T5Tokens(tensor(padded, 1, length), tensor(mask, 1, length), rest);
    }

    /// <summary>The text of some ids, padding and end tokens left out; <c>&lt;unk&gt;</c> stands for what the model does not know.</summary>
    public string Decode(IEnumerable<int> ids)
    {
        var parts = new List<string>();
        var pending = new List<int>();
        void Flush()
        {
            if (pending.Count > 0)
                parts.Add(_pieces.Decode(pending));
            pending.Clear();
        }

        foreach (var id in ids.Where(id => id is not (PadId or EndId)))
        {
            // The library leaves out what it does not know.
            if (id < _pieceCount && id != _pieces.UnknownId)
            {
                pending.Add(id);
                continue;
            }
            Flush();
            parts.Add(_added.TokenOf(id) ?? throw new ArgumentException($"there is no token {id}; expected ids below {VocabSize}", nameof(ids)));
        }
        Flush();
        return string.Join(' ', parts.Select(part => part.Trim()).Where(part => part.Length > 0));
    }

    /// <summary>The ids of a text's pieces. Characters in a row that the model does not know are one piece, as in SentencePiece.</summary>
    private IEnumerable<int> Pieces(string text)
    {
        var unknown = _pieces.UnknownId;
        var last = -1;
        foreach (var id in _pieces.EncodeToIds(text, addBeginningOfSentence: false, addEndOfSentence: false))
        {
            if (id != unknown || last != unknown)
                yield return id;
            last = id;
        }
    }

    private static SentencePieceTokenizer Create(SentencePieceModel model, string path)
    {
        try
        {
            return SentencePieceTokenizer.Create(new MemoryStream(model.Readable), addBeginningOfSentence: false, addEndOfSentence: false);
        }
        catch (Exception e) when (e is Google.Protobuf.InvalidProtocolBufferException or ArgumentException or IndexOutOfRangeException
            or InvalidOperationException or NotSupportedException or DecoderFallbackException)
        {
            throw new InvalidDataException($"{path}: not a SentencePiece model that can be used here: {e.Message}", e);
        }
    }
}

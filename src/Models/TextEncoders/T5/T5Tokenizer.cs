using System.Text;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// The tokenizer of T5, mT5 and umT5: SentencePiece's own ids, an end token, and padding. Thread-safe. Source: transformers
/// <c>models/t5/tokenization_t5.py</c>.
/// </summary>
public sealed class T5Tokenizer
{
    private const int PadId = 0;
    private const int EndId = 1;

    private readonly IReadOnlyList<Piece> _pieces;
    private readonly UnigramEncoder _encoder;
    private readonly AddedTokens _added;

    private T5Tokenizer(SentencePieceModel model, AddedTokens added) =>
        (_pieces, _encoder, _added) = (model.Pieces, new UnigramEncoder(model), added);

    /// <summary>The number of ids, those of added tokens included.</summary>
    public int VocabSize => Math.Max(_pieces.Count, _added.Count);

    /// <summary>Reads a tokenizer's folder as transformers saves it.</summary>
    /// <param name="folder">
    /// The folder of <c>spiece.model</c> and, where they are, <c>tokenizer_config.json</c> and <c>added_tokens.json</c> (in a
    /// pipeline's folder, <c>tokenizer</c>), or a name in the Hub's cache (<see cref="HubCache"/>), as <c>org/name/tokenizer</c>.
    /// </param>
    /// <param name="revision">The branch, tag or commit of a snapshot in the Hub's cache; <see langword="null"/> for main.</param>
    /// <exception cref="FileNotFoundException">There is no <c>spiece.model</c>.</exception>
    /// <exception cref="InvalidDataException">A file is malformed; the message names it.</exception>
    public static T5Tokenizer FromPretrained(string folder, string? revision = null)
    {
        folder = HubCache.FolderOf(folder, revision);
        var path = Path.Combine(folder, "spiece.model");
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: no such SentencePiece model", path);
        var model = SentencePieceModel.FromFile(path);
        AddedTokens.Check(model, path);
        var added = AddedTokens.FromFolder(folder, model.Pieces.Count);
        try
        {
            return new T5Tokenizer(model, added);
        }
        catch (InvalidDataException e)
        {
            throw MalformedFile.Because(path, e.Message);
        }
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
                ids.AddRange(_encoder.Encode(part));
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
        var pending = new List<byte>();
        void Flush()
        {
            // Bytes that are no character become U+FFFD, as in SentencePiece.
            parts.Add(Encoding.UTF8.GetString([.. pending]).Replace('\u2581', ' '));
            pending.Clear();
        }

        foreach (var id in ids.Where(id => id is not (PadId or EndId)))
        {
            if (id >= 0 && id < _pieces.Count && id != _encoder.UnknownId)
            {
                pending.AddRange(TextOf(_pieces[id]));
                continue;
            }
            Flush();
            parts.Add(_added.TokenOf(id) ?? throw new ArgumentException($"there is no token {id}; expected ids below {VocabSize}", nameof(ids)));
        }
        Flush();
        return string.Join(' ', parts.Select(part => part.Trim()).Where(part => part.Length > 0));
    }

    private static byte[] TextOf(Piece piece) => piece.Kind switch
    {
        PieceKind.Byte => [SentencePieceModel.ByteOf(piece)],
        PieceKind.Control => [],
        _ => piece.Text,
    };
}

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
    private const string PadToken = "<pad>";
    private const string EndToken = "</s>";
    private const int DefaultExtraIds = 100;

    private readonly SentencePieceModel _model;
    private readonly UnigramEncoder _encoder;
    private readonly AddedTokens _added;

    private T5Tokenizer(SentencePieceModel model, AddedTokens added) =>
        (_model, _encoder, _added) = (model, new UnigramEncoder(model), added);

    /// <summary>The number of ids, those of added tokens included.</summary>
    public int VocabSize => Math.Max(_model.Pieces.Count, _added.Count);

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
        Check(model, path);
        var settings = TokenizerSettings.FromFolder(folder);
        try
        {
            return new T5Tokenizer(model, AddedTo(model, settings));
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
    public TextTokens Encode(string text, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        return TextTokens.Of(EncodeToIds(text), length, PadId, Decode);
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
            if (id >= 0 && id < _model.Pieces.Count && id != _model.UnknownId)
            {
                pending.AddRange(TextOf(_model.Pieces[id]));
                continue;
            }
            Flush();
            parts.Add(_added.TokenOf(id) ?? throw new ArgumentException($"there is no token {id}; expected ids below {VocabSize}", nameof(ids)));
        }
        Flush();
        return string.Join(' ', parts.Select(part => part.Trim()).Where(part => part.Length > 0));
    }

    /// <summary>Refuses a model whose first pieces are not those that the ids here mean.</summary>
    private static void Check(SentencePieceModel model, string path)
    {
        foreach (var (id, token) in (ReadOnlySpan<(int, string)>)[(PadId, PadToken), (EndId, EndToken)])
        {
            var found = id < model.Pieces.Count ? $"'{Encoding.UTF8.GetString(model.Pieces[id].Text)}'" : "none";
            if (found != $"'{token}'")
                throw MalformedFile.Because(path, $"expected '{token}' as piece {id}, as in the models of T5, found {MalformedFile.Shown(found)}");
        }
    }

    private static AddedTokens AddedTo(SentencePieceModel model, TokenizerSettings settings)
    {
        var ids = new Dictionary<string, int>(settings.AddedTokens, StringComparer.Ordinal);
        ids.TryAdd(PadToken, PadId);
        ids.TryAdd(EndToken, EndId);
        ids.TryAdd("<unk>", model.UnknownId);
        // Counted down to the end of the pieces, as T5 was trained.
        var extra = settings.ExtraIds ?? DefaultExtraIds;
        for (var i = 0; i < extra; i++)
            ids.TryAdd($"<extra_id_{i}>", model.Pieces.Count + extra - 1 - i);
        return new AddedTokens(ids, takesBlanks: true);
    }

    private static byte[] TextOf(Piece piece) => piece.Kind switch
    {
        PieceKind.Byte => [SentencePieceModel.ByteOf(piece)],
        PieceKind.Control => [],
        _ => piece.Text,
    };
}

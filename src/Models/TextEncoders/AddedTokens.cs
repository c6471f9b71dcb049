using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Afterimage.Models;

/// <summary>
/// Tokens that are no pieces of the SentencePiece model, or that it never finds in a text: <c>&lt;extra_id_0&gt;</c>,
/// <c>&lt;/s&gt;</c>. They are taken out of a text before it is cut into pieces. Source: transformers
/// <c>models/t5/tokenization_t5.py</c>, <c>tokenization_utils.py</c>.
/// </summary>
internal sealed class AddedTokens
{
    private const int DefaultExtraIds = 100;
    private static readonly string[] ControlTokens = ["<pad>", "</s>", "<unk>"];

    private readonly Dictionary<string, int> _ids;
    private readonly Regex _anyOf;

    private AddedTokens(Dictionary<string, int> ids)
    {
        _ids = ids;
        var longestFirst = ids.Keys.OrderByDescending(token => token.Length).Select(Regex.Escape);
        // Blanks beside one of them belong to it.
        _anyOf = new Regex($@"\s*({string.Join('|', longestFirst)})\s*", RegexOptions.CultureInvariant);
    }

    /// <summary>One more than the highest id.</summary>
    public int Count => _ids.Values.Max() + 1;

    /// <summary>Reads what the files of a tokenizer's folder say: <c>added_tokens.json</c>, <c>tokenizer_config.json</c>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="pieces">The number of the model's own pieces, after which ids go on.</param>
    /// <exception cref="InvalidDataException">A file is not of that form; the message names it.</exception>
    public static AddedTokens FromFolder(string folder, int pieces)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < ControlTokens.Length; id++)
            ids[ControlTokens[id]] = id;

        var extra = DefaultExtraIds;
        Read(Path.Combine(folder, "tokenizer_config.json"), config =>
        {
            if (config.TryGetProperty("extra_ids", out var count))
                extra = count.GetInt32();
            if (config.TryGetProperty("added_tokens_decoder", out var decoder))
            {
                foreach (var token in decoder.EnumerateObject())
                {
                    var content = token.Value.GetProperty("content").GetString();
                    // It would be found between any two characters.
                    if (string.IsNullOrEmpty(content))
                        throw new FormatException($"the token {token.Name} has no content");
                    ids[content] = int.Parse(token.Name);
                }
            }
        });
        // Counted down to the end of the pieces, as T5 was trained.
        for (var i = 0; i < extra; i++)
            ids.TryAdd($"<extra_id_{i}>", pieces + extra - 1 - i);
        Read(Path.Combine(folder, "added_tokens.json"), tokens =>
        {
            foreach (var token in tokens.EnumerateObject())
                ids[token.Name] = token.Value.GetInt32();
        });
        return new AddedTokens(ids);
    }

    /// <summary>Refuses a model whose first pieces are not those that these ids mean.</summary>
    /// <exception cref="InvalidDataException">It is one of another tokenizer; the message names the file.</exception>
    public static void Check(SentencePieceModel model, string path)
    {
        for (var id = 0; id < ControlTokens.Length; id++)
        {
            var found = id < model.Pieces.Count ? $"'{Encoding.UTF8.GetString(model.Pieces[id].Text)}'" : "none";
            if (found != $"'{ControlTokens[id]}'")
                throw MalformedFile.Because(path, $"expected '{ControlTokens[id]}' as piece {id}, as in the models of T5, found {MalformedFile.Shown(found)}");
        }
    }

    /// <summary>Cuts a text into added tokens, as their ids, and the text between them.</summary>
    public IEnumerable<(int? Id, string Text)> Split(string text)
    {
        var start = 0;
        foreach (Match match in _anyOf.Matches(text))
        {
            if (match.Index > start)
                yield return (null, text[start..match.Index]);
            yield return (_ids[match.Groups[1].Value], match.Groups[1].Value);
            start = match.Index + match.Length;
        }
        if (start < text.Length)
            yield return (null, text[start..]);
    }

    /// <summary>The token of an id, or <see langword="null"/>.</summary>
    public string? TokenOf(int id) => _ids.FirstOrDefault(token => token.Value == id).Key;

    private static void Read(string path, Action<JsonElement> take)
    {
        if (!File.Exists(path))
            return;
        try
        {
            using var document = JsonDocument.Parse(RegularFile.ReadText(path), JsonFile.Options);
            take(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or OverflowException)
        {
            throw new InvalidDataException($"{path}: not a file of a tokenizer: {e.Message}", e);
        }
    }
}

using System.Text;

namespace Afterimage.Models;

/// <summary>
/// The tokenizer of CLIP: byte-pair encoding of lower-case words, a start token, an end token, and padding. Thread-safe. Source:
/// transformers <c>models/clip/tokenization_clip.py</c>.
/// </summary>
public sealed class CLIPTokenizer
{
    private const string DefaultStart = "<|startoftext|>";
    private const string DefaultEnd = "<|endoftext|>";

    private readonly BytePairVocabulary _vocabulary;
    private readonly BytePairEncoder _encoder;
    private readonly AddedTokens _added;
    private readonly int _startId;
    private readonly int _endId;
    private readonly int _padId;

    private CLIPTokenizer(BytePairVocabulary vocabulary, TokenizerSettings settings)
    {
        var added = new Dictionary<string, int>(settings.AddedTokens, StringComparer.Ordinal);
        _startId = IdOf("bos_token", DefaultStart);
        _endId = IdOf("eos_token", DefaultEnd);
        _padId = IdOf("pad_token", DefaultEnd);
        _encoder = new BytePairEncoder(vocabulary, IdOf("unk_token", DefaultEnd));
        _added = new AddedTokens(added, takesBlanks: false);
        _vocabulary = vocabulary;
        ModelMaxLength = settings.ModelMaxLength;

        // A token with a role is looked for in a text before its words are.
        int IdOf(string role, string otherwise)
        {
            var token = settings.Token(role) ?? otherwise;
            if (!added.TryGetValue(token, out var id))
                added[token] = id = vocabulary.IdOf(token) ?? throw new InvalidDataException($"the {role} '{MalformedFile.Shown(token)}' is not in the vocabulary");
            return id;
        }
    }

    /// <summary>The number of ids, those of added tokens included.</summary>
    public int VocabSize => Math.Max(_vocabulary.Count, _added.Count);

    /// <summary>The most tokens of a text, start and end included, as <c>tokenizer_config.json</c> says it (77), or <see langword="null"/>.</summary>
    public int? ModelMaxLength { get; }

    /// <summary>Reads a tokenizer's folder as transformers saves it.</summary>
    /// <param name="folder">
    /// The folder of <c>vocab.json</c> and <c>merges.txt</c>, or <c>tokenizer.json</c>, and, where they are,
    /// <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c> and <c>added_tokens.json</c> (in a pipeline's folder,
    /// <c>tokenizer</c>), or a name in the Hub's cache (<see cref="HubCache"/>), as <c>org/name/tokenizer</c>.
    /// </param>
    /// <param name="revision">The branch, tag or commit of a snapshot in the Hub's cache; <see langword="null"/> for main.</param>
    /// <exception cref="FileNotFoundException">There is no vocabulary, or a part of it is missing.</exception>
    /// <exception cref="InvalidDataException">A file is malformed; the message names it.</exception>
    public static CLIPTokenizer FromPretrained(string folder, string? revision = null)
    {
        folder = HubCache.FolderOf(folder, revision);
        var vocabulary = BytePairVocabulary.FromFolder(folder);
        var settings = TokenizerSettings.FromFolder(folder);
        try
        {
            return new CLIPTokenizer(vocabulary, settings);
        }
        catch (InvalidDataException e)
        {
            throw MalformedFile.Because(folder, e.Message);
        }
    }

    /// <summary>The start token, the ids of a text and the end token, without padding.</summary>
    public IReadOnlyList<int> EncodeToIds(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int> { _startId };
        foreach (var (id, part) in _added.Split(text))
        {
            if (id is { } added)
                ids.Add(added);
            else
                ids.AddRange(CLIPWords.Of(part).SelectMany(word => _encoder.Encode(word)));
        }
        return [.. ids, _endId];
    }

    /// <summary>
    /// A text in exactly <paramref name="length"/> ids, start and end token among them: cut off where it is longer, and filled up
    /// with the padding token (in most models the end token again) where it is shorter. The caller disposes of the result.
    /// </summary>
    /// <param name="text">The text; it may be empty.</param>
    /// <param name="length">The length, 2 or more; of CLIP's models 77.</param>
    public TextTokens Encode(string text, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 2);
        return TextTokens.Of(EncodeToIds(text), length, _padId, Decode);
    }

    /// <summary>The text of some ids, in lower case and with a blank after each word; start and end tokens are left out.</summary>
    /// <exception cref="ArgumentException">There is no token of an id.</exception>
    public string Decode(IEnumerable<int> ids)
    {
        var bytes = ids.Where(id => id != _startId && id != _endId).SelectMany(id => ByteCharacters.BytesOf(TokenOf(id)));
        // Bytes that are no character become U+FFFD.
        return Encoding.UTF8.GetString([.. bytes]).Replace(BytePairEncoder.EndOfWord, " ").Trim();
    }

    private string TokenOf(int id) => _vocabulary.TokenOf(id) ?? _added.TokenOf(id)
        ?? throw new ArgumentException($"there is no token {id}; expected ids below {VocabSize}", nameof(id));
}

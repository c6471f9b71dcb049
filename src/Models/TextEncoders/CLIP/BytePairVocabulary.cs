using System.Text.Json;

namespace Afterimage.Models;

/// <summary>The tokens of a byte-pair encoding, and which pairs of them become another.</summary>
internal sealed class BytePairVocabulary
{
    private const string Version = "#version";

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> _merges = [];
    private readonly Dictionary<int, string> _tokens;
    private int _rank;

    private BytePairVocabulary(IEnumerable<JsonProperty> tokens)
    {
        foreach (var token in tokens)
            _ids.Add(token.Name, token.Value.GetInt32() is >= 0 and < int.MaxValue and var id ? id : throw new FormatException($"the token '{token.Name}' has the id {token.Value}"));
        _tokens = _ids.GroupBy(token => token.Value).ToDictionary(group => group.Key, group => group.First().Key);
    }

    /// <summary>One more than the highest id.</summary>
    public int Count => _tokens.Count == 0 ? 0 : _tokens.Keys.Max() + 1;

    /// <summary>Reads a folder: its <c>vocab.json</c> and <c>merges.txt</c>, or where these are not, its <c>tokenizer.json</c>, which transformers 5 writes.</summary>
    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">One is malformed; the message names it.</exception>
    public static BytePairVocabulary FromFolder(string folder)
    {
        var whole = Path.Combine(folder, TokenizerSettings.WholeFile);
        var parts = (Tokens: Path.Combine(folder, "vocab.json"), Merges: Path.Combine(folder, "merges.txt"));
        if (File.Exists(whole) && !File.Exists(parts.Tokens))
            return FromWhole(whole);
        if (new[] { parts.Tokens, parts.Merges }.FirstOrDefault(path => !File.Exists(path)) is { } missing)
            throw new FileNotFoundException($"{missing}: no such part of a tokenizer, which is vocab.json and merges.txt, or tokenizer.json", missing);

        BytePairVocabulary vocabulary = null!;
        TokenFile.Read(parts.Tokens, tokens => vocabulary = new BytePairVocabulary(tokens.EnumerateObject()));
        var lines = RegularFile.ReadText(parts.Merges).Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r');
            if (line.Length > 0 && (i > 0 || !line.StartsWith(Version, StringComparison.Ordinal)))
                vocabulary.Add(line.Split(' '), $"{parts.Merges}: line {i + 1}");
        }
        return vocabulary;
    }

    private static BytePairVocabulary FromWhole(string path)
    {
        BytePairVocabulary vocabulary = null!;
        TokenFile.Read(path, whole =>
        {
            var model = whole.GetProperty("model");
            if (model.GetProperty("type").GetString() is not "BPE" and var type)
                throw new FormatException($"expected a model of the type BPE, found {type}");
            vocabulary = new BytePairVocabulary(model.GetProperty("vocab").EnumerateObject());
            foreach (var (i, merge) in model.GetProperty("merges").EnumerateArray().Index())
            {
                string[] pair = merge.ValueKind == JsonValueKind.String ? merge.GetString()!.Split(' ') : [.. merge.EnumerateArray().Select(token => token.GetString()!)];
                vocabulary.Add(pair, $"{path}: merge {i + 1}");
            }
        });
        return vocabulary;
    }

    /// <summary>The id of a token, or <see langword="null"/>.</summary>
    public int? IdOf(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    /// <summary>The token of an id, or <see langword="null"/>.</summary>
    public string? TokenOf(int id) => _tokens.GetValueOrDefault(id);

    /// <summary>What a pair becomes, and how early: the lowest rank first; <see langword="null"/> where it stays a pair.</summary>
    public (int Rank, int Id)? Merge(int left, int right) => _merges.TryGetValue((left, right), out var merge) ? merge : null;

    private void Add(string[] pair, string place)
    {
        if (pair is not [var left, var right])
            throw new InvalidDataException($"{place}: expected two tokens with a blank between them, found '{MalformedFile.Shown(string.Join(' ', pair))}'");
        _merges[(Known(left), Known(right))] = (_rank++, Known(left + right));

        int Known(string token) => IdOf(token) ?? throw new InvalidDataException($"{place}: the vocabulary has no token '{MalformedFile.Shown(token)}'");
    }
}

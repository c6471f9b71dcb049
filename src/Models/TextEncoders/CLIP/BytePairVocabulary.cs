namespace Afterimage.Models;

/// <summary>The tokens of a byte-pair encoding and which pairs of them become another (<c>vocab.json</c>, <c>merges.txt</c>).</summary>
internal sealed class BytePairVocabulary
{
    private const string Version = "#version";

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> _merges = [];
    private readonly Dictionary<int, string> _tokens;

    private BytePairVocabulary(string vocabulary, string merges)
    {
        TokenFile.Read(vocabulary, tokens =>
        {
            foreach (var token in tokens.EnumerateObject())
                _ids.Add(token.Name, token.Value.GetInt32() is >= 0 and < int.MaxValue and var id ? id : throw new FormatException($"the token '{token.Name}' has the id {token.Value}"));
        });
        _tokens = _ids.GroupBy(token => token.Value).ToDictionary(tokens => tokens.Key, tokens => tokens.First().Key);
        ReadMerges(merges);
    }

    /// <summary>One more than the highest id.</summary>
    public int Count => _tokens.Count == 0 ? 0 : _tokens.Keys.Max() + 1;

    /// <summary>Reads a folder's two files.</summary>
    /// <exception cref="FileNotFoundException">One is not there.</exception>
    /// <exception cref="InvalidDataException">One is malformed; the message names it.</exception>
    public static BytePairVocabulary FromFolder(string folder)
    {
        return new BytePairVocabulary(Required("vocab.json"), Required("merges.txt"));

        string Required(string name)
        {
            var path = Path.Combine(folder, name);
            return File.Exists(path) ? path : throw new FileNotFoundException($"{path}: no such part of a tokenizer, which is vocab.json and merges.txt", path);
        }
    }

    /// <summary>The id of a token, or <see langword="null"/>.</summary>
    public int? IdOf(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    /// <summary>The token of an id, or <see langword="null"/>.</summary>
    public string? TokenOf(int id) => _tokens.GetValueOrDefault(id);

    /// <summary>What a pair becomes, and how early: the lowest rank first; <see langword="null"/> where it stays a pair.</summary>
    public (int Rank, int Id)? Merge(int left, int right) => _merges.TryGetValue((left, right), out var merge) ? merge : null;

    private void ReadMerges(string path)
    {
        var lines = RegularFile.ReadText(path).Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r');
            if (line.Length == 0 || (i == 0 && line.StartsWith(Version, StringComparison.Ordinal)))
                continue;
            if (line.Split(' ') is not [var left, var right])
                throw MalformedFile.Because(path, $"line {i + 1}: expected two tokens with a blank between them, found '{MalformedFile.Shown(line)}'");
            _merges[(Known(left), Known(right))] = (i, Known(left + right));

            int Known(string token) => IdOf(token)
                ?? throw MalformedFile.Because(path, $"line {i + 1}: the vocabulary (vocab.json) has no token '{MalformedFile.Shown(token)}'");
        }
    }
}

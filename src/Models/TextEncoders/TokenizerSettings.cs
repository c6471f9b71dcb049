using System.Text.Json;

namespace Afterimage.Models;

/// <summary>
/// What a tokenizer's folder says besides its vocabulary, in <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c>,
/// <c>added_tokens.json</c> and, where these know of no tokens, <c>tokenizer.json</c>, as far as they are there. Source: transformers <c>tokenization_utils_base.py</c> (_from_pretrained).
/// </summary>
internal sealed class TokenizerSettings
{
    /// <summary>The file that the library tokenizers writes, with the vocabulary and all else.</summary>
    public const string WholeFile = "tokenizer.json";

    private const string Decoder = "added_tokens_decoder";
    private const int MostExtraIds = 1 << 16;

    private readonly Dictionary<string, string> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _added = new(StringComparer.Ordinal);

    private TokenizerSettings()
    {
    }

    /// <summary>The ids of the tokens that are no part of the vocabulary, or that are looked for in a text before it.</summary>
    public IReadOnlyDictionary<string, int> AddedTokens => _added;

    /// <summary>Reads a folder.</summary>
    /// <exception cref="InvalidDataException">A file is not of its form; the message names it.</exception>
    public static TokenizerSettings FromFolder(string folder)
    {
        var settings = new TokenizerSettings();
        var hasDecoder = false;
        ReadWhereThere("tokenizer_config.json", config =>
        {
            settings.Take(config);
            hasDecoder = config.TryGetProperty(Decoder, out var decoder);
            if (hasDecoder)
                settings.TakeDecoder(decoder);
        });
        // Where a config has a decoder, it has everything.
        if (!hasDecoder)
            ReadWhereThere("special_tokens_map.json", settings.Take);
        ReadWhereThere("added_tokens.json", tokens =>
        {
            foreach (var token in tokens.EnumerateObject())
                settings.Add(token.Name, token.Value.GetInt32());
        });
        if (settings._added.Count == 0)
            ReadWhereThere(WholeFile, settings.TakeWhole);
        return settings;

        void ReadWhereThere(string name, Action<JsonElement> take)
        {
            if (Path.Combine(folder, name) is var path && File.Exists(path))
                TokenFile.Read(path, take);
        }
    }

    /// <summary>The token of a role, such as <c>pad_token</c>; <see langword="null"/> where nothing says it.</summary>
    public string? Token(string role) => _tokens.GetValueOrDefault(role);

    /// <summary>The most tokens of a text (<c>model_max_length</c>); <see langword="null"/> where nothing limits them.</summary>
    public int? ModelMaxLength { get; private set; }

    /// <summary>How many tokens of the form <c>&lt;extra_id_0&gt;</c> there are; <see langword="null"/> where nothing says it.</summary>
    public int? ExtraIds { get; private set; }

    private void Take(JsonElement values)
    {
        foreach (var (name, value) in values.EnumerateObject().Select(item => (item.Name, item.Value)).Where(item => item.Value.ValueKind != JsonValueKind.Null))
        {
            // transformers writes 1e30 for no limit.
            if (name == "model_max_length" && value.GetDouble() is var most)
                ModelMaxLength = most is >= 0 and <= int.MaxValue ? (int)most : null;
            else if (name == "extra_ids")
                ExtraIds = value.GetInt32() is >= 0 and <= MostExtraIds and var extra ? extra : throw new FormatException($"'{name}': expected at most {MostExtraIds}, found {value}");
            else if (name.EndsWith("_token", StringComparison.Ordinal) && value.ValueKind is JsonValueKind.String or JsonValueKind.Object)
                _tokens[name] = Text(value, name);
        }
    }

    private void TakeDecoder(JsonElement decoder)
    {
        foreach (var token in decoder.EnumerateObject())
            Add(Text(token.Value, token.Name), int.Parse(token.Name));
    }

    private void TakeWhole(JsonElement whole)
    {
        if (!whole.TryGetProperty("added_tokens", out var tokens))
            return;
        foreach (var token in tokens.EnumerateArray())
            Add(Text(token, "in added_tokens"), token.GetProperty("id").GetInt32());
    }

    private void Add(string token, int id)
    {
        if (id is < 0 or int.MaxValue)
            throw new FormatException($"the token '{token}' has the id {id}");
        _added[token] = id;
    }

    /// <summary>A token, which is a text or an object with it.</summary>
    private static string Text(JsonElement token, string name)
    {
        var content = (token.ValueKind == JsonValueKind.Object ? token.GetProperty("content") : token).GetString();
        // It would be found between any two characters.
        return string.IsNullOrEmpty(content) ? throw new FormatException($"the token {name} has no content") : content;
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Afterimage.Models;

/// <summary>Reads configs as diffusers saves them: snake_case keys, and keys of its own that begin with an underscore.</summary>
internal static class JsonConfig
{
    private const string ClassKey = "_class_name";

    private static readonly JsonSerializerOptions Options = new()
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        WriteIndented = true,
    };

    /// <summary>Reads a config from a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not such a config; the message names the file and the key.</exception>
    public static T FromFile<T>(string path, string className)
    {
        return Parse<T>(Text(path), className, path);
    }

    /// <summary>Reads a config of transformers, of whose many keys only those that <typeparamref name="T"/> has are taken.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not such a config; the message names the file and the key.</exception>
    public static T FromTransformersFile<T>(string path)
    {
        var text = Text(path);
        try
        {
            var values = JsonNode.Parse(text) as JsonObject ?? throw new JsonException("not a JSON object");
            var known = KnownKeys<T>();
            foreach (var key in values.Select(item => item.Key).Where(key => !known.Contains(key)).ToList())
                values.Remove(key);
            return values.Deserialize<T>(Options)!;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw Malformed(path, e);
        }
    }

    /// <summary>Reads a config from JSON; <paramref name="source"/> is what messages call it.</summary>
    public static T Parse<T>(string json, string className, string source)
    {
        try
        {
            var values = JsonNode.Parse(json) as JsonObject ?? throw new JsonException("not a JSON object");
            if (values[ClassKey] is { } found && found.ToString() != className)
                throw new InvalidDataException($"{source}: expected {ClassKey} '{className}', found '{found}'");

            var known = KnownKeys<T>();
            foreach (var key in values.Select(item => item.Key).ToList())
            {
                if (key.StartsWith('_'))
                    values.Remove(key);
                else if (!known.Contains(key))
                    throw new InvalidDataException($"{source}: '{key}' is not a setting of {className}");
            }

            return values.Deserialize<T>(Options)!;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw Malformed(source, e);
        }
    }

    /// <summary>Writes a config with its class name, as diffusers' <c>from_pretrained</c> reads it.</summary>
    public static string Write<T>(T config, string className)
    {
        var values = new JsonObject { [ClassKey] = className };
        foreach (var (key, value) in JsonSerializer.SerializeToNode(config, Options)!.AsObject())
            values[key] = value?.DeepClone();
        return values.ToJsonString(Options);
    }

    /// <summary>Writes a config with the name of its class as transformers has it.</summary>
    public static string WriteTransformers<T>(T config, string className)
    {
        var values = JsonSerializer.SerializeToNode(config, Options)!.AsObject();
        values.Insert(0, "architectures", new JsonArray(className));
        return values.ToJsonString(Options);
    }

    private static string Text(string path) =>
        File.Exists(path) ? RegularFile.ReadText(path) : throw new FileNotFoundException($"{path}: no such config", path);

    private static HashSet<string> KnownKeys<T>() =>
        Options.GetTypeInfo(typeof(T)).Properties.Select(property => property.Name).ToHashSet(StringComparer.Ordinal);

    private static InvalidDataException Malformed(string source, Exception e)
    {
        var key = e is JsonException { Path: { } path } ? $"'{path}': " : "";
        return new InvalidDataException($"{source}: {key}{e.Message}", e);
    }
}

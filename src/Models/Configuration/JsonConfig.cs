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
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: no such config", path);
        return Parse<T>(File.ReadAllText(path), className, path);
    }

    /// <summary>Reads a config from JSON; <paramref name="source"/> is what messages call it.</summary>
    public static T Parse<T>(string json, string className, string source)
    {
        try
        {
            var values = JsonNode.Parse(json) as JsonObject ?? throw new JsonException("not a JSON object");
            if (values[ClassKey] is { } found && found.ToString() != className)
                throw new InvalidDataException($"{source}: expected {ClassKey} '{className}', found '{found}'");

            var known = Options.GetTypeInfo(typeof(T)).Properties.Select(property => property.Name).ToHashSet(StringComparer.Ordinal);
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
            var key = e is JsonException { Path: { } path } ? $"'{path}': " : "";
            throw new InvalidDataException($"{source}: {key}{e.Message}", e);
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
}

using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Afterimage.Configuration;

namespace Afterimage;

/// <summary>
/// Configs as JSON: <c>{"type": "PyramidAttentionBroadcast" | "FasterCache", "config": {…}}</c>, with diffusers' names for the
/// settings, and for FasterCache <c>attention_weight_by_step</c>, <c>low_frequency_weight_by_step</c> and
/// <c>high_frequency_weight_by_step</c>, each an array of one weight per step or null. A missing key means its default,
/// <c>null</c> means no cache. Identifiers that are given count as given: they are searched in the sites' names and replace the
/// annotations.
/// </summary>
public static class CacheConfigJson
{
    private static readonly JsonDocumentOptions ReadOptions = new() { AllowDuplicateProperties = false };

    private static readonly JsonWriterOptions WriteOptions =
        new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a config; <see langword="null"/> from JSON <c>null</c>.</summary>
    /// <exception cref="JsonException">The text is not JSON, or a key is unknown or has a value of the wrong type.</exception>
    /// <exception cref="ArgumentException">A setting is invalid (<see cref="CacheConfig.Validate"/>).</exception>
    /// <exception cref="NotSupportedException">The <c>type</c> is a method that is not supported.</exception>
    public static CacheConfig? Parse(string json)
    {
        using var document = JsonDocument.Parse(json, ReadOptions);
        return Parse(document.RootElement);
    }

    /// <summary>Reads a config from a file; <see langword="null"/> from JSON <c>null</c>.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is a folder, a pipe or a device, holds nothing or more than 256 MiB, or is no text.</exception>
    /// <inheritdoc cref="Parse(string)" path="/exception"/>
    public static CacheConfig? Load(string path) => RegularFile.ReadJson(path, Parse);

    /// <inheritdoc cref="Parse(string)"/>
    public static CacheConfig? Parse(Stream json)
    {
        using var document = JsonDocument.Parse(json, ReadOptions);
        return Parse(document.RootElement);
    }

    /// <inheritdoc cref="Parse(string)"/>
    public static CacheConfig? Parse(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Null)
            return null;
        if (!JsonValues.Object("cache", json).TryGetProperty("type", out var typeElement))
            throw new JsonException($"The cache has no \"type\"; give one of {Types}.");
        var type = JsonValues.String("type", typeElement);
        return ConfigFormats.All.FirstOrDefault(format => format.Type == type) is { } format
            ? format.Read(json)
            : throw new NotSupportedException($"The caching method \"{type}\" is not supported; supported are {Types}.");
    }

    /// <summary>Writes a config such that <see cref="Parse(string)"/> reads it back.</summary>
    /// <exception cref="InvalidOperationException">
    /// The config holds a callback that is code; of callbacks only those made by <see cref="WeightSchedule"/> can be written.
    /// </exception>
    public static string Write(CacheConfig? config)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, WriteOptions))
            Write(writer, config);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <inheritdoc cref="Write(CacheConfig?)"/>
    public static void Write(Utf8JsonWriter writer, CacheConfig? config)
    {
        if (config is null)
            writer.WriteNullValue();
        else
            (ConfigFormats.All.FirstOrDefault(format => format.Fits(config))
                ?? throw new InvalidOperationException($"A {config.GetType().Name} is code, which JSON cannot hold. Save the plan of its run."))
                .Write(writer, config);
    }

    private static string Types => string.Join(", ", ConfigFormats.All.Select(format => format.Type));
}

using System.Text.Json;

namespace Afterimage.Configuration;

/// <summary>The JSON of one kind of config: <c>type</c>, tables of weights, and <c>config</c> with the settings.</summary>
internal abstract class ConfigFormat(string type)
{
    public string Type { get; } = type;

    public abstract bool Fits(CacheConfig config);

    public abstract CacheConfig Read(JsonElement cache);

    public abstract void Write(Utf8JsonWriter writer, CacheConfig config);
}

/// <inheritdoc/>
internal sealed class ConfigFormat<T>(string type, JsonField<T>[] weights, JsonField<T>[] settings) : ConfigFormat(type)
    where T : CacheConfig, new()
{
    // Settings of every config. The timesteps' callback is code and has no key.
    private readonly JsonField<T>[] _settings =
    [
        .. settings,
        JsonField.Of<T>("share_state_across_contexts",
            c => c.ShareStateAcrossContexts, (c, v) => c with { ShareStateAcrossContexts = v })
            .UnlessDefault(c => c.ShareStateAcrossContexts),
        JsonField.Of<T>("max_history_bytes", c => c.MaxHistoryBytes, (c, v) => c with { MaxHistoryBytes = v })
            .UnlessDefault(c => c.MaxHistoryBytes),
        JsonField.OfEnum<T, SlotDtype>("slot_dtype", c => c.SlotDtype, (c, v) => c with { SlotDtype = v }).UnlessDefault(c => c.SlotDtype),
        JsonField.Of<T>("reuse_prompt_projections", c => c.ReusePromptProjections, (c, v) => c with { ReusePromptProjections = v })
            .UnlessDefault(c => c.ReusePromptProjections),
        JsonField.Of<T>("offload_history", c => c.OffloadHistory, (c, v) => c with { OffloadHistory = v }).UnlessDefault(c => c.OffloadHistory),
        JsonField.Of<T>("cuda_graphs", c => c.CudaGraphs, (c, v) => c with { CudaGraphs = v }).UnlessDefault(c => c.CudaGraphs),
    ];

    public override bool Fits(CacheConfig config) => config is T;

    public override CacheConfig Read(JsonElement cache)
    {
        var config = new T();
        foreach (var property in cache.EnumerateObject())
        {
            config = property.Name switch
            {
                "type" => config,
                "config" => JsonValues.Object("config", property.Value).EnumerateObject()
                    .Aggregate(config, (read, setting) => Read(read, setting, _settings, $"{Type}'s config")),
                _ => Read(config, property, weights, Type, "type", "config"),
            };
        }
        config.Validate();
        return config;
    }

    public override void Write(Utf8JsonWriter writer, CacheConfig config)
    {
        if (config.CurrentTimestepCallback is not null)
        {
            throw new InvalidOperationException(
                $"{nameof(CacheConfig.CurrentTimestepCallback)} is code, which JSON cannot hold. "
                + "Set it to null, and set it again on what is read.");
        }
        writer.WriteStartObject();
        writer.WriteString("type", Type);
        Write(writer, (T)config, weights);
        writer.WriteStartObject("config");
        Write(writer, (T)config, _settings);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static T Read(
        T config, JsonProperty property, JsonField<T>[] fields, string where, params ReadOnlySpan<string> otherKeys) =>
        Array.Find(fields, field => field.Key == property.Name) is { } known
            ? known.Read(config, property.Value)
            : throw NearestName.Unknown(property.Name, where, [.. fields.Select(field => field.Key), .. otherKeys]);

    private static void Write(Utf8JsonWriter writer, T config, JsonField<T>[] fields)
    {
        foreach (var field in fields.Where(field => field.IsWritten(config)))
        {
            writer.WritePropertyName(field.Key);
            field.Write(writer, config);
        }
    }
}

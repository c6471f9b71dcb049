using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Afterimage.Models;

/// <summary>
/// Reads configs as diffusers and transformers save them: snake_case keys, and keys of their own that begin with an underscore. Keys that
/// are no settings are kept and warned of; settings with values that cannot be used are errors.
/// </summary>
internal static class JsonConfig
{
    private const string ClassKey = "_class_name";
    private const string Quantization = "quantization_config";

    private static readonly JsonSerializerOptions Options = new()
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        WriteIndented = true,
        Converters = { new WholeNumberConverter(), new TripleConverter(), new PerChannelConverter() },
    };

    [ThreadStatic]
    private static int s_quiet;

    /// <summary>Warns of nothing on this thread until the result is disposed: for those who only look at configs that will be loaded later.</summary>
    public static IDisposable Quietly() => new Quiet();

    /// <summary>Reads and checks a config, and warns of unknown keys.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not such a config; the message names the file and the key.</exception>
    /// <exception cref="NotSupportedException">It asks for something that is not here; the message names the file and the key.</exception>
    public static T FromFile<T>(string path, string className) where T : PretrainedConfig
    {
        var values = Values(path);
        CheckClass(values, className, path);
        var config = Checked(Config<T>(values, path), path);
        if (s_quiet == 0)
            config.Kept.Warn(path, className, Keys<T>());
        return config;
    }

    /// <summary>Reads a config of transformers, which has many keys that are none of <typeparamref name="T"/>, and warns of misspelled ones.</summary>
    /// <param name="path">The file.</param>
    /// <param name="keyInWhole">Where the settings are in a file of a model that has this one as a part, or <see langword="null"/>.</param>
    /// <inheritdoc cref="FromFile" path="/exception"/>
    public static T FromTransformersFile<T>(string path, string? keyInWhole = null) where T : PretrainedConfig
    {
        var values = Values(path);
        if (keyInWhole is not null && values[keyInWhole] is { } part)
        {
            RefuseQuantized(values, path);
            values = part as JsonObject ?? throw MalformedFile.Because(path, $"'{keyInWhole}': expected an object, found {MalformedFile.Shown(part.ToJsonString())}");
        }
        var config = Checked(Config<T>(values, path), path);
        if (s_quiet == 0)
            config.Kept.Warn(path, typeof(T).Name, Keys<T>(), misspelledOnly: true);
        return config;
    }

    /// <summary>Refuses what says that weights are quantized: they mean something else.</summary>
    /// <exception cref="NotSupportedException">It does.</exception>
    public static void RefuseQuantized(JsonObject values, string source)
    {
        if (values[Quantization] is not null)
            throw new NotSupportedException($"{source}: '{Quantization}': quantized weights are not supported here; load a folder without it");
    }

    /// <summary>Reads a config from JSON; <paramref name="source"/> is what messages call it.</summary>
    public static T Parse<T>(string json, string className, string source) where T : PretrainedConfig
    {
        var values = JsonFile.Parse(json, source);
        CheckClass(values, className, source);
        var config = Config<T>(values, source);
        config.Kept.Warn(source, className, Keys<T>());
        return config;
    }

    /// <summary>Writes a config with its class name, as diffusers' <c>from_pretrained</c> reads it.</summary>
    public static string Write<T>(T config, string className) where T : PretrainedConfig
    {
        var values = new JsonObject { [ClassKey] = className };
        foreach (var (key, value) in Settings(config))
            values[key] = value?.DeepClone();
        config.Kept.WriteTo(values);
        return values.ToJsonString(Options);
    }

    /// <summary>Writes a config with the name of its class as transformers has it.</summary>
    public static string WriteTransformers<T>(T config, string className) where T : PretrainedConfig
    {
        var values = Settings(config);
        values.Insert(0, "architectures", new JsonArray(className));
        config.Kept.WriteTo(values);
        return values.ToJsonString(Options);
    }

    private static JsonObject Values(string path) =>
        File.Exists(path) || Directory.Exists(path) ? JsonFile.Read(path) : throw new FileNotFoundException($"{path}: no such config", path);

    private static void CheckClass(JsonObject values, string className, string source)
    {
        if (values[ClassKey] is { } found && !Fits(found.ToString(), className))
            throw MalformedFile.Because(source, $"expected {ClassKey} '{className}', found '{MalformedFile.Shown(found.ToString())}'");
    }

    /// <summary>
    /// Whether a class reads the config of another: schedulers do, as in diffusers, where both are of flow matching or both are not.
    /// </summary>
    private static bool Fits(string found, string asked)
    {
        static bool IsScheduler(string name) => name.EndsWith("Scheduler", StringComparison.Ordinal);
        static bool IsOfFlow(string name) => name.StartsWith("FlowMatch", StringComparison.Ordinal);
        return found == asked || (IsScheduler(found) && IsScheduler(asked) && IsOfFlow(found) == IsOfFlow(asked));
    }

    private static T Config<T>(JsonObject values, string source) where T : PretrainedConfig
    {
        RefuseQuantized(values, source);
        var kept = KeptSettings.TakenFrom(values, Keys<T>());
        CheckValues<T>(values, source);
        var config = values.Deserialize<T>(Options)!;
        config.Kept = kept;
        return config;
    }

    /// <summary>Refuses the first value that is not of its setting's kind.</summary>
    private static void CheckValues<T>(JsonObject values, string source)
    {
        foreach (var property in Options.GetTypeInfo(typeof(T)).Properties.Where(property => values.ContainsKey(property.Name)))
        {
            var value = values[property.Name];
            if (!ValueKinds.Holds(property, value, Options))
            {
                throw MalformedFile.Because(
                    source, $"'{property.Name}': expected {ValueKinds.Expected(property)}, found {MalformedFile.Shown(value?.ToJsonString() ?? "null")}");
            }
        }
    }

    private static T Checked<T>(T config, string path) where T : PretrainedConfig
    {
        try
        {
            config.Check();
            return config;
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
        catch (NotSupportedException e)
        {
            throw new NotSupportedException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>The settings of a config. What is only read from others is none.</summary>
    private static JsonObject Settings<T>(T config)
    {
        var values = JsonSerializer.SerializeToNode(config, Options)!.AsObject();
        foreach (var property in Options.GetTypeInfo(typeof(T)).Properties.Where(property => property.Set is null))
            values.Remove(property.Name);
        return values;
    }

    private static HashSet<string> Keys<T>() =>
        Options.GetTypeInfo(typeof(T)).Properties.Select(property => property.Name).ToHashSet(StringComparer.Ordinal);

    private sealed class Quiet : IDisposable
    {
        private bool _disposed;

        public Quiet() => s_quiet++;

        public void Dispose()
        {
            if (_disposed)
                return;
            _disposed = true;
            s_quiet--;
        }
    }
}

using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Configuration;

/// <summary>One key of a config's JSON.</summary>
/// <param name="Key">The key.</param>
/// <param name="Read">Takes the key's value over into a config.</param>
/// <param name="Write">Writes the value.</param>
/// <param name="IsWritten">Whether the key is written at all; those that diffusers does not have are left out at their defaults.</param>
internal sealed record JsonField<T>(
    string Key, Func<T, JsonElement, T> Read, Action<Utf8JsonWriter, T> Write, Func<T, bool> IsWritten);

/// <summary>Makes fields by the type of their values.</summary>
internal static class JsonField
{
    public static JsonField<T> Of<T>(string key, Func<T, int?> get, Func<T, int?, T> set) => Field(
        key, get, set, JsonValues.OptionalInt32, (writer, value) => WriteOrNull(writer, value, writer.WriteNumberValue));

    public static JsonField<T> Of<T>(string key, Func<T, int> get, Func<T, int, T> set) => Field(
        key, get, set, JsonValues.Int32, (writer, value) => writer.WriteNumberValue(value));

    public static JsonField<T> Of<T>(string key, Func<T, long?> get, Func<T, long?, T> set) => Field(
        key, get, set, JsonValues.OptionalInt64, (writer, value) => WriteOrNull(writer, value, writer.WriteNumberValue));

    public static JsonField<T> Of<T>(string key, Func<T, double> get, Func<T, double, T> set) => Field(
        key, get, set, JsonValues.Double, (writer, value) => writer.WriteNumberValue(value));

    public static JsonField<T> Of<T>(string key, Func<T, bool> get, Func<T, bool, T> set) => Field(
        key, get, set, JsonValues.Boolean, (writer, value) => writer.WriteBooleanValue(value));

    public static JsonField<T> Of<T>(string key, Func<T, string> get, Func<T, string, T> set) => Field(
        key, get, set, JsonValues.String, (writer, value) => writer.WriteStringValue(value));

    public static JsonField<T> OfEnum<T, TEnum>(string key, Func<T, TEnum> get, Func<T, TEnum, T> set) where TEnum : struct, Enum => Field(
        key, get, set, JsonValues.Named<TEnum>, (writer, value) => writer.WriteStringValue(value.ToString()));

    public static JsonField<T> Of<T>(string key, Func<T, IReadOnlyList<double>?> get, Func<T, IReadOnlyList<double>?, T> set) => Field(
        key, get, set, JsonValues.OptionalDoubles, (writer, value) => WriteArray(writer, value, writer.WriteNumberValue));

    public static JsonField<T> Of<T>(string key, Func<T, ScalarType?> get, Func<T, ScalarType?, T> set) => Field(
        key, get, set, JsonValues.OptionalDtype, (writer, value) => writer.WriteStringValue(JsonValues.Name(value)));

    public static JsonField<T> Of<T>(string key, Func<T, TimestepRange> get, Func<T, TimestepRange, T> set) => Field(
        key, get, set, JsonValues.Range, (writer, value) => WriteArray(writer, Ends(key, value), writer.WriteNumberValue));

    public static JsonField<T> Of<T>(
        string key, Func<T, IReadOnlyList<string>?> get, Func<T, IReadOnlyList<string>?, T> set) => Field(
        key, get, set, JsonValues.OptionalStrings, (writer, value) => WriteArray(writer, value, writer.WriteStringValue));

    public static JsonField<T> Of<T>(string key, Func<T, IReadOnlyList<CacheConfig>> get, Func<T, IReadOnlyList<CacheConfig>, T> set)
    {
        return Field(key, get, set, Read, (writer, value) => WriteArray(writer, value, config => CacheConfigJson.Write(writer, config)));

        static IReadOnlyList<CacheConfig> Read(string key, JsonElement element) =>
            [.. JsonValues.Objects(key, element).Select(item => CacheConfigJson.Parse(item)!)];
    }

    /// <summary>A callback that is a table of one weight per step. No other callback can be written.</summary>
    public static JsonField<T> Of<T>(
        string key, string property, Func<T, Func<CacheStep, double>?> get, Func<T, Func<CacheStep, double>?, T> set) => Field(
        key, get, set,
        (key, element) => JsonValues.OptionalDoubles(key, element) is { } weights ? WeightSchedule.ByStep(weights) : null,
        (writer, callback) => WriteArray(writer, Table(property, callback), writer.WriteNumberValue));

    /// <summary>The same key, written only where the value is not the one that a new config has.</summary>
    public static JsonField<T> UnlessDefault<T, TValue>(this JsonField<T> field, Func<T, TValue> get) where T : new()
    {
        var defaultValue = get(new T());
        return field with { IsWritten = config => !EqualityComparer<TValue>.Default.Equals(get(config), defaultValue) };
    }

    private static JsonField<T> Field<T, TValue>(
        string key, Func<T, TValue> get, Func<T, TValue, T> set,
        Func<string, JsonElement, TValue> read, Action<Utf8JsonWriter, TValue> write) =>
        new(key, (config, element) => set(config, read(key, element)), (writer, config) => write(writer, get(config)), _ => true);

    private static double[] Ends(string key, TimestepRange range) => double.IsFinite(range.Low) && double.IsFinite(range.High)
        ? [range.Low, range.High]
        : throw new InvalidOperationException(
            $"\"{key}\" is {range}, and JSON has no infinity. Give ends beyond the timesteps, such as -1.");

    private static IReadOnlyList<double>? Table(string property, Func<CacheStep, double>? callback) => callback?.Target switch
    {
        null when callback is null => null,
        StepWeights weights => weights.Values,
        _ => throw new InvalidOperationException(
            $"{property} is code, which JSON cannot hold. Give its values as WeightSchedule.ByStep or WeightSchedule.Ramp."),
    };

    private static void WriteOrNull<TValue>(Utf8JsonWriter writer, TValue? value, Action<TValue> write) where TValue : struct
    {
        if (value is { } some)
            write(some);
        else
            writer.WriteNullValue();
    }

    private static void WriteArray<TValue>(Utf8JsonWriter writer, IReadOnlyList<TValue>? values, Action<TValue> write)
    {
        if (values is null)
        {
            writer.WriteNullValue();
            return;
        }
        writer.WriteStartArray();
        foreach (var value in values)
            write(value);
        writer.WriteEndArray();
    }
}

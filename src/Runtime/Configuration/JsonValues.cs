using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Configuration;

/// <summary>Reads single values, and says which key holds what when they are not what they should be.</summary>
internal static class JsonValues
{
    private static readonly (string Name, ScalarType Dtype)[] s_dtypes =
        [("float32", ScalarType.Float32), ("float16", ScalarType.Float16), ("bfloat16", ScalarType.BFloat16)];

    public static int? OptionalInt32(string key, JsonElement element) =>
        element.ValueKind == JsonValueKind.Null ? null
        : IsNumber(element) && element.TryGetInt32(out var value) ? value : throw Wrong(key, element, "an integer or null");

    public static int Int32(string key, JsonElement element) =>
        IsNumber(element) && element.TryGetInt32(out var value) ? value : throw Wrong(key, element, "an integer");

    public static long? OptionalInt64(string key, JsonElement element) =>
        element.ValueKind == JsonValueKind.Null ? null
        : IsNumber(element) && element.TryGetInt64(out var value) ? value : throw Wrong(key, element, "an integer or null");

    public static double Double(string key, JsonElement element) =>
        IsNumber(element) && element.TryGetDouble(out var value) ? value : throw Wrong(key, element, "a number");

    public static bool Boolean(string key, JsonElement element) =>
        element.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? element.GetBoolean()
            : throw Wrong(key, element, "true or false");

    public static T Named<T>(string key, JsonElement element) where T : struct, Enum =>
        Enum.GetValues<T>().Select(value => (T?)value)
            .FirstOrDefault(value => element.ValueKind == JsonValueKind.String && element.ValueEquals(value.ToString()))
        ?? throw Wrong(key, element, $"one of {string.Join(", ", Enum.GetNames<T>())}");

    /// <summary>A floating-point type under torch's name, also as <c>torch.bfloat16</c>.</summary>
    public static ScalarType? OptionalDtype(string key, JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Null)
            return null;
        var name = element.ValueKind == JsonValueKind.String ? element.GetString()! : "";
        return s_dtypes.FirstOrDefault(dtype => name == dtype.Name || name == $"torch.{dtype.Name}") is { Name: not null } known
            ? known.Dtype
            : throw Wrong(key, element, $"one of {string.Join(", ", s_dtypes.Select(dtype => dtype.Name))}, or null");
    }

    /// <summary>What <see cref="OptionalDtype"/> reads.</summary>
    public static string? Name(ScalarType? dtype) => s_dtypes.FirstOrDefault(known => known.Dtype == dtype).Name;

    public static TimestepRange Range(string key, JsonElement element)
    {
        var ends = IsArrayOf(element, JsonValueKind.Number) ? Doubles(element) : [];
        return ends is [var low, var high] ? (low, high) : throw Wrong(key, element, "two numbers, [low, high]");
    }

    public static IReadOnlyList<string>? OptionalStrings(string key, JsonElement element) =>
        element.ValueKind == JsonValueKind.Null ? null
        : IsArrayOf(element, JsonValueKind.String) ? [.. element.EnumerateArray().Select(item => item.GetString()!)]
        : throw Wrong(key, element, "an array of strings or null");

    public static IReadOnlyList<double>? OptionalDoubles(string key, JsonElement element) =>
        element.ValueKind == JsonValueKind.Null ? null
        : IsArrayOf(element, JsonValueKind.Number) && element.GetArrayLength() > 0 ? Doubles(element)
        : throw Wrong(key, element, "an array of one number per step, or null");

    public static JsonElement Object(string key, JsonElement element) =>
        element.ValueKind == JsonValueKind.Object ? element : throw Wrong(key, element, "an object");

    public static IEnumerable<JsonElement> Objects(string key, JsonElement element) =>
        IsArrayOf(element, JsonValueKind.Object) ? element.EnumerateArray() : throw Wrong(key, element, "an array of configs");

    public static string String(string key, JsonElement element) =>
        element.ValueKind == JsonValueKind.String ? element.GetString()! : throw Wrong(key, element, "a string");

    private static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetDouble())];

    private static bool IsNumber(JsonElement element) => element.ValueKind == JsonValueKind.Number;

    private static bool IsArrayOf(JsonElement element, JsonValueKind kind) =>
        element.ValueKind == JsonValueKind.Array && element.EnumerateArray().All(item => item.ValueKind == kind);

    private static JsonException Wrong(string key, JsonElement element, string expected) =>
        new($"\"{key}\" is {element.GetRawText()}: give {expected}.");
}

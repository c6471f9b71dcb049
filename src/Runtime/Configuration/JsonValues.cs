using System.Text.Json;

namespace Afterimage.Configuration;

/// <summary>Reads single values, and says which key holds what when they are not what they should be.</summary>
internal static class JsonValues
{
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

    public static TensorFormat Format(string key, JsonElement element) =>
        Enum.GetValues<TensorFormat>().Select(format => (TensorFormat?)format)
            .FirstOrDefault(format => element.ValueKind == JsonValueKind.String && element.ValueEquals(format.ToString()))
        ?? throw Wrong(key, element, $"one of {string.Join(", ", Enum.GetNames<TensorFormat>())}");

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

    public static string String(string key, JsonElement element) =>
        element.ValueKind == JsonValueKind.String ? element.GetString()! : throw Wrong(key, element, "a string");

    private static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetDouble())];

    private static bool IsNumber(JsonElement element) => element.ValueKind == JsonValueKind.Number;

    private static bool IsArrayOf(JsonElement element, JsonValueKind kind) =>
        element.ValueKind == JsonValueKind.Array && element.EnumerateArray().All(item => item.ValueKind == kind);

    private static JsonException Wrong(string key, JsonElement element, string expected) =>
        new($"\"{key}\" is {element.GetRawText()}: give {expected}.");
}

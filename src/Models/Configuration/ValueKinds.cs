using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Afterimage.Models;

/// <summary>Which JSON values a setting may have, in code and in words.</summary>
internal static class ValueKinds
{
    /// <summary>Whether a setting may have a value.</summary>
    public static bool Holds(JsonPropertyInfo property, JsonNode? value, JsonSerializerOptions options)
    {
        if (value is null)
            return IsNullable(property);
        try
        {
            // An array of objects may not hold a null, although it could be converted.
            return value.Deserialize(property.PropertyType, options) is not IEnumerable<string?> texts || texts.All(text => text is not null);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>What a setting may have.</summary>
    public static string Expected(JsonPropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var words = type switch
        {
            _ when type == typeof(int) => "a whole number of 32 bits",
            _ when type == typeof(double) => "a number",
            _ when type == typeof(bool) => "true or false",
            _ when type == typeof(string) => "a string",
            _ when type == typeof((int, int, int)) => "an array of three whole numbers",
            _ when type == typeof((double, double, double)) => "a number, or an array of three",
            _ when type == typeof(PictureSize) => "a whole number, one of shortest_edge, or ones of height and width",
            _ when type == typeof(IReadOnlyList<string>) => "an array of strings",
            _ when type == typeof(IReadOnlyList<int>) => "an array of whole numbers",
            _ when type == typeof(IReadOnlyList<bool>) => "an array of true and false",
            _ when type == typeof(IReadOnlyList<double>) => "an array of numbers",
            _ => $"a {type.Name}",
        };
        return IsNullable(property) ? $"{words} or null" : words;
    }

    private static bool IsNullable(JsonPropertyInfo property) => property.PropertyType.IsValueType
        ? Nullable.GetUnderlyingType(property.PropertyType) is not null
        : property.IsSetNullable;
}

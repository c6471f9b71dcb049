using System.Text.Json;
using System.Text.Json.Serialization;

namespace Afterimage.Models;

/// <summary>A number for each of three channels, which JSON holds as an array, or as one number for all.</summary>
internal sealed class PerChannelConverter : JsonConverter<(double, double, double)>
{
    public override (double, double, double) Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
            return (reader.GetDouble(), reader.GetDouble(), reader.GetDouble());
        return JsonSerializer.Deserialize<double[]>(ref reader, options) is [var red, var green, var blue]
            ? (red, green, blue)
            : throw new JsonException("expected an array of three numbers");
    }

    public override void Write(Utf8JsonWriter writer, (double, double, double) value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, new[] { value.Item1, value.Item2, value.Item3 }, options);
}

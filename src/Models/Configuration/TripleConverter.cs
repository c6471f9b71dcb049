using System.Text.Json;
using System.Text.Json.Serialization;

namespace Afterimage.Models;

/// <summary>Three numbers, which JSON holds as an array.</summary>
internal sealed class TripleConverter : JsonConverter<(int, int, int)>
{
    public override (int, int, int) Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize<int[]>(ref reader, options) is [var first, var second, var third]
            ? (first, second, third)
            : throw new JsonException("expected an array of three numbers");

    public override void Write(Utf8JsonWriter writer, (int, int, int) value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(value.Item1);
        writer.WriteNumberValue(value.Item2);
        writer.WriteNumberValue(value.Item3);
        writer.WriteEndArray();
    }
}

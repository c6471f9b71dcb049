using System.Text.Json;
using System.Text.Json.Serialization;

namespace Afterimage.Models;

/// <summary>A whole number, which Python may have written as 64.0 or 1e3.</summary>
internal sealed class WholeNumberConverter : JsonConverter<int>
{
    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            if (reader.TryGetInt32(out var number))
                return number;
            var value = reader.GetDouble();
            if (value is >= int.MinValue and <= int.MaxValue && double.IsInteger(value))
                return (int)value;
        }
        throw new JsonException("expected a whole number");
    }

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Afterimage.Models;

/// <summary>
/// A size of pictures: one number, or an object with <c>shortest_edge</c>, or <c>height</c> and <c>width</c>, or an array of the two. Source: transformers
/// <c>image_processing_utils.py</c> (get_size_dict).
/// </summary>
internal sealed class PictureSizeConverter : JsonConverter<PictureSize>
{
    private const string ShortestEdge = "shortest_edge";
    private const string Height = "height";
    private const string Width = "width";

    public override PictureSize Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Number => PictureSize.OfShorterEdge(JsonSerializer.Deserialize<int>(ref reader, options)),
        JsonTokenType.StartArray when JsonSerializer.Deserialize<int[]>(ref reader, options) is [var height, var width] => new(height, width),
        JsonTokenType.StartObject => Of(JsonSerializer.Deserialize<Dictionary<string, int?>>(ref reader, options)!),
        _ => throw new JsonException("expected a size"),
    };

    public override void Write(Utf8JsonWriter writer, PictureSize value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        if (value.IsOfShorterEdge)
        {
            writer.WriteNumber(ShortestEdge, value.Height);
        }
        else
        {
            writer.WriteNumber(Height, value.Height);
            writer.WriteNumber(Width, value.Width);
        }
        writer.WriteEndObject();
    }

    private static PictureSize Of(Dictionary<string, int?> edges) => (edges.GetValueOrDefault(ShortestEdge), edges.GetValueOrDefault(Height), edges.GetValueOrDefault(Width)) switch
    {
        ({ } edge, null, null) when edges.Count == 1 => PictureSize.OfShorterEdge(edge),
        (null, { } height, { } width) when edges.Count == 2 => new(height, width),
        _ => throw new JsonException("expected a size"),
    };
}

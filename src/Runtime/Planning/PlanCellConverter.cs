using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Afterimage.Planning;

/// <summary>A cell's form on disk; <see cref="PlanJson"/> says which.</summary>
internal sealed class PlanCellConverter : JsonConverter<PlanCell>
{
    private const string Predicted = "P";

    public override PlanCell Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.StartArray)
            return Combination(JsonElement.ParseValue(ref reader));
        return (reader.TokenType == JsonTokenType.String ? reader.GetString() : null) switch
        {
            "C" => PlanCell.ComputeAndStore,
            "c" => PlanCell.Compute,
            "R" => PlanCell.Reuse,
            "-" => PlanCell.LeftOut,
            ['C', .. var digits] when int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var interval) =>
                PlanCell.ComputeAndStoreAfter(interval),
            _ => throw Wrong(),
        };
    }

    public override void Write(Utf8JsonWriter writer, PlanCell value, JsonSerializerOptions options)
    {
        if (value.Action != SiteAction.Combine)
        {
            writer.WriteStringValue(Letter(value));
            return;
        }
        writer.WriteStartArray();
        if (!value.Stores)
            writer.WriteStringValue(Predicted);
        foreach (var coefficient in value.Coefficients)
            writer.WriteNumberValue(coefficient);
        writer.WriteEndArray();
    }

    /// <summary>The letter of a cell that is no combination.</summary>
    public static string Letter(PlanCell cell) => cell.Action switch
    {
        SiteAction.Reuse => "R",
        SiteAction.LeftOut => "-",
        _ when !cell.Stores => "c",
        _ when cell.Interval > 0 => string.Create(CultureInfo.InvariantCulture, $"C{cell.Interval}"),
        _ => "C",
    };

    private static PlanCell Combination(JsonElement array)
    {
        var isPredicted = array.GetArrayLength() > 0 && array[0].ValueKind == JsonValueKind.String && array[0].ValueEquals(Predicted);
        var factors = array.EnumerateArray().Skip(isPredicted ? 1 : 0).ToArray();
        if (factors.Any(factor => factor.ValueKind != JsonValueKind.Number))
            throw Wrong();
        ImmutableArray<double> coefficients = [.. factors.Select(factor => factor.GetDouble())];
        return isPredicted ? PlanCell.Predict(coefficients) : PlanCell.Combine(coefficients);
    }

    private static JsonException Wrong() =>
        new("A cell is \"C\", \"C\" and a number, \"c\", \"R\", \"-\", or an array of factors, after a \"P\" where it is not kept.");
}

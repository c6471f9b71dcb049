using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Afterimage.Planning;

/// <summary>A plan's form on disk. A cell is <c>"C"</c> (computed and kept), <c>"c"</c>, <c>"R"</c>, or its factors, newest first.</summary>
internal sealed record PlanJson(
    int Version,
    string Method,
    GuidanceLayout Layout,
    bool KeepsConditionalHalf,
    bool SharesStateAcrossContexts,
    PlanJson.Site[] Sites,
    PlanJson.Row[] Rows,
    string[] Notes)
{
    private const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(), new PlanCellConverter() },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public sealed record Site(string Name, SiteKind Kind, bool Touched, int Generations);

    public sealed record Row(string Context, int Index, double Timestep, GuidanceCell Guidance, PlanCell[] Cells);

    public static string Write(CachePlan plan) => JsonSerializer.Serialize(
        new PlanJson(CurrentVersion, plan.Method, plan.Layout, plan.KeepsConditionalHalf, plan.SharesStateAcrossContexts,
            [.. plan.Sites.Select((site, i) => new Site(site.Name, site.Kind, plan.Touches(i), plan.Generations[i]))],
            [.. plan.Rows.Select(row => new Row(row.Context, row.Index, row.Timestep, row.Guidance, [.. row.Cells]))],
            [.. plan.Notes]), Options);

    /// <exception cref="JsonException">The text is no plan, or one that could not be run.</exception>
    public static CachePlan Read(string json)
    {
        var read = JsonSerializer.Deserialize<PlanJson>(json, Options) ?? throw new JsonException("The plan is null.");
        if (read.Version != CurrentVersion)
            throw new JsonException($"The plan has version {read.Version}, and this library reads version {CurrentVersion}.");
        var plan = new CachePlan(read.Method, read.Layout,
            [.. read.Sites.Select(site => new CacheSite(site.Name, site.Kind))],
            [.. read.Rows.Select(row => new PlanRow(row.Context, row.Index, row.Timestep, row.Guidance, [.. row.Cells]))])
        {
            Notes = [.. read.Notes],
            Generations = [.. read.Sites.Select(site => site.Generations)],
            Touched = [.. read.Sites.Select(site => site.Touched)],
            KeepsConditionalHalf = read.KeepsConditionalHalf,
            SharesStateAcrossContexts = read.SharesStateAcrossContexts,
        };
        return PlanCheck.FirstProblem(plan) is { } problem ? throw new JsonException($"The plan cannot be run: {problem}") : plan;
    }

    private sealed class PlanCellConverter : JsonConverter<PlanCell>
    {
        public override PlanCell Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.StartArray)
                return PlanCell.Combine([.. JsonSerializer.Deserialize<double[]>(ref reader, options)!]);
            return (reader.TokenType == JsonTokenType.String ? reader.GetString() : null) switch
            {
                "C" => PlanCell.ComputeAndStore,
                "c" => PlanCell.Compute,
                "R" => PlanCell.Reuse,
                _ => throw new JsonException("A cell is \"C\", \"c\", \"R\" or an array of factors."),
            };
        }

        public override void Write(Utf8JsonWriter writer, PlanCell value, JsonSerializerOptions options)
        {
            if (value.Action == SiteAction.Combine)
                JsonSerializer.Serialize(writer, value.Coefficients.ToArray(), options);
            else
                writer.WriteStringValue(value.Action == SiteAction.Reuse ? "R" : value.Stores ? "C" : "c");
        }
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Afterimage.Planning;

/// <summary>
/// A plan's form on disk. A cell is <c>"C"</c> (computed and kept), <c>"C4"</c> (kept with its differences, 4 forwards after the one before),
/// <c>"c"</c>, <c>"R"</c>, <c>"-"</c> (left out), or its factors: of a combination that is kept, or after <c>"P"</c> of one that is not.
/// </summary>
internal sealed record PlanJson(
    int Version,
    string Method,
    GuidanceLayout Layout,
    bool KeepsConditionalHalf,
    bool SharesStateAcrossContexts,
    PlanJson.Site[] Sites,
    PlanJson.Row[] Rows,
    string[] Notes,
    StackGate? Gate = null,
    bool DecidesAtRunTime = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PlanSubject? Subject = null)
{
    private const int CurrentVersion = 3;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(allowIntegerValues: false), new PlanCellConverter() },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public sealed record Site(
        string Name, SiteKind Kind, bool Touched, int Values, SlotDtype Dtype = SlotDtype.Native, bool Differences = false, string? LeftOutWith = null, bool Undecided = false,
        bool OnHost = false, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool PromptIsMarked = false);

    public sealed record Row(string Context, int Index, double Timestep, PlanCell[] Cells);

    public static string Write(CachePlan plan) => JsonSerializer.Serialize(
        new PlanJson(CurrentVersion, plan.Method, plan.Layout, plan.KeepsConditionalHalf, plan.SharesStateAcrossContexts,
            [.. plan.Sites.Zip(plan.Slots, (site, slot) => (site, slot)).Select((each, i) => new Site(
                each.site.Name, each.site.Kind, plan.Touches(i), each.slot.Values, each.slot.Dtype, each.slot.HoldsDifferences, each.site.LeftOutWith, plan.Undecided[i],
                each.slot.OnHost, each.site.PromptIsMarked))],
            [.. plan.Rows.Select(row => new Row(row.Context, row.Index, row.Timestep, [.. row.Cells]))],
            [.. plan.Notes], plan.Gate, plan.DecidesAtRunTime, plan.Subject), Options);

    /// <exception cref="JsonException">The text is no plan, or one that could not be run.</exception>
    public static CachePlan Read(string json)
    {
        var read = JsonSerializer.Deserialize<PlanJson>(json, Options) ?? throw new JsonException("The plan is null.");
        if (read.Version != CurrentVersion)
            throw new JsonException($"The plan has version {read.Version}, and this library reads version {CurrentVersion}.");
        // The serializer looks at members, and not at what arrays hold.
        if (read.Sites.Contains(null) || read.Notes.Contains(null) || read.Rows.Contains(null) || read.Rows.Any(row => row.Cells.Contains(null)))
            throw new JsonException("The plan has null among its sites, rows, cells or notes.");
        var plan = new CachePlan(read.Method, read.Layout,
            [.. read.Sites.Select(site => new CacheSite(site.Name, site.Kind, site.LeftOutWith, site.PromptIsMarked))],
            [.. read.Rows.Select(row => new PlanRow(row.Context, row.Index, row.Timestep, [.. row.Cells]))])
        {
            Notes = [.. read.Notes],
            Gate = read.Gate,
            Subject = read.Subject,
            DecidesAtRunTime = read.DecidesAtRunTime,
            Slots = [.. read.Sites.Select(site => new SlotLayout(site.Values, site.Dtype, site.Differences, site.OnHost))],
            Touched = [.. read.Sites.Select(site => site.Touched)],
            Undecided = [.. read.Sites.Select(site => site.Undecided)],
            KeepsConditionalHalf = read.KeepsConditionalHalf,
            SharesStateAcrossContexts = read.SharesStateAcrossContexts,
        };
        return PlanCheck.FirstProblem(plan) is { } problem ? throw new JsonException($"The plan cannot be run: {problem}") : plan;
    }
}

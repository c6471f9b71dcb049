using System.Text.Json;

namespace Afterimage.Runtime.Tests.Planning;

/// <summary>One recorded run of diffusers: what its cache was configured with, and what it then did.</summary>
internal sealed record Recording(string Name, JsonElement Json)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Planning", "Recordings");

    // What the models' authors annotate. Where a name says cross attention and the kind does not, diffusers does not know it as such.
    private static readonly Dictionary<string, (string Module, int Count, SiteKind Kind)[]> Models = new()
    {
        ["allegro-tiny"] = [("transformer_blocks.{0}.attn1", 2, SiteKind.SpatialAttention), ("transformer_blocks.{0}.attn2", 2, SiteKind.CrossAttention)],
        ["cogvideox-2b-tiny"] = [("transformer_blocks.{0}.attn1", 2, SiteKind.SpatialAttention)],
        ["cogvideox-5b-tiny"] = [("transformer_blocks.{0}.attn1", 3, SiteKind.SpatialAttention)],
        ["flux-tiny"] = [("transformer_blocks.{0}.attn", 2, SiteKind.SpatialAttention), ("single_transformer_blocks.{0}.attn", 2, SiteKind.SpatialAttention)],
        ["hunyuan-video-tiny"] =
        [
            ("context_embedder.token_refiner.refiner_blocks.{0}.attn", 1, SiteKind.SpatialAttention),
            ("transformer_blocks.{0}.attn", 2, SiteKind.SpatialAttention),
            ("single_transformer_blocks.{0}.attn", 2, SiteKind.SpatialAttention),
        ],
        ["latte-tiny"] =
        [
            ("transformer_blocks.{0}.attn1", 2, SiteKind.SpatialAttention),
            ("transformer_blocks.{0}.attn2", 2, SiteKind.CrossAttention),
            ("temporal_transformer_blocks.{0}.attn1", 2, SiteKind.TemporalAttention),
        ],
        ["ltx-tiny"] = [("transformer_blocks.{0}.attn1", 2, SiteKind.SpatialAttention), ("transformer_blocks.{0}.attn2", 2, SiteKind.SpatialAttention)],
        ["mochi-tiny"] = [("transformer_blocks.{0}.attn1", 3, SiteKind.SpatialAttention)],
        ["wan-tiny"] = [("blocks.{0}.attn1", 3, SiteKind.SpatialAttention), ("blocks.{0}.attn2", 3, SiteKind.CrossAttention)],
    };

    public static IEnumerable<Recording> All => Directory.EnumerateFiles(Folder, "*.json").Order(StringComparer.Ordinal).Select(path =>
        new Recording(Path.GetFileNameWithoutExtension(path), JsonElement.Parse(File.ReadAllBytes(path))));

    public JsonElement Cache => Json.GetProperty("cache");

    public string[] Calls => Strings("calls_per_step");

    public string[] HookedModules => Strings("hooked_modules");

    public double[] Timesteps => [.. Json.GetProperty("current_timesteps").EnumerateArray().Select(t => t.GetDouble())];

    public IReadOnlyList<JsonElement> Decisions => [.. Json.GetProperty("decisions").EnumerateArray()];

    public IReadOnlyList<CacheSite> Sites =>
    [
        .. from module in Models[Json.GetProperty("case").GetString()!]
           from index in Enumerable.Range(0, module.Count)
           select new CacheSite(string.Format(module.Module, index), module.Kind),
    ];

    /// <summary>Two calls per step went into one state, as the hooks of these two methods do it.</summary>
    public CachePlan Plan()
    {
        var config = CacheConfigJson.Parse(Cache)! with { ShareStateAcrossContexts = Calls.Length == 2 };
        var layout = Calls switch
        {
            ["cond_uncond"] => GuidanceLayout.Batched,
            ["cond", "uncond"] => GuidanceLayout.Sequential,
            _ => GuidanceLayout.None,
        };
        return CachePlan.Create(config, Timesteps, Sites, layout);
    }

    public override string ToString() => Name;

    private string[] Strings(string key) => [.. Json.GetProperty(key).EnumerateArray().Select(item => item.GetString()!)];
}

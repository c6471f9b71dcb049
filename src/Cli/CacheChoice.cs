using Afterimage.Models;

namespace Afterimage.Cli;

/// <summary>A cache named on the command line.</summary>
/// <param name="Name">What it is called in tables.</param>
/// <param name="Config">Its config, or null for no cache.</param>
/// <param name="GuidesInRun">Whether the run returns guided predictions, instead of both halves of the batch.</param>
internal sealed record CacheChoice(string Name, CacheConfig? Config, bool GuidesInRun = false)
{
    /// <summary>No cache.</summary>
    public static readonly CacheChoice None = Named("none");

    /// <summary>Pyramid Attention Broadcast as on the diffusers page for it.</summary>
    public static readonly CacheChoice Pyramid = Named("pab");

    /// <summary>FasterCache as on the diffusers page for it.</summary>
    public static readonly CacheChoice Faster = Named("faster");

    /// <summary><see cref="Faster"/> in runs that return guided predictions.</summary>
    public static readonly CacheChoice FasterGuided = new("faster, guided in the run", Faster.Config, GuidesInRun: true);

    /// <summary>TaylorSeer with diffusers' defaults.</summary>
    public static readonly CacheChoice Taylor = Named("taylor");

    /// <summary>Its form that forecasts the output alone.</summary>
    public static readonly CacheChoice TaylorLite = Named("taylor-lite");

    /// <summary>First-block caching with the default of diffusers.</summary>
    public static readonly CacheChoice FirstBlock = Named("fbc");

    /// <summary>EasyCache with its published settings for Wan.</summary>
    public static readonly CacheChoice Easy = Named("easy");

    /// <summary>How files of plans end.</summary>
    public const string PlanEnding = ".plan.json";

    /// <summary>What <see cref="Parse"/> takes, for help texts.</summary>
    public static string Names { get; } =
        $"{string.Join(", ", NamedCaches.All.Keys.Skip(1))}, the path of a config's JSON or of a NAME.plan.json, or several of these joined by +";

    /// <summary>The choice for a model: where no unconditional half can be rebuilt, <see cref="Faster"/> reuses attention alone.</summary>
    public CacheChoice For(Subject subject)
    {
        if (subject.RebuildsGuidance || Config is null || !Config.Parts.Contains(Faster.Config))
            return this;
        var distilled = (FasterCacheConfig)Faster.Config! with { IsGuidanceDistilled = true };
        return this with
        {
            Config = Config is ComposedCacheConfig composed
                ? composed with { Methods = [.. composed.Methods.Select(part => part == Faster.Config ? distilled : part)] }
                : distilled,
        };
    }

    /// <summary>The same; of a plan one that takes other steps, sizes and schedulers than it was made for.</summary>
    public CacheChoice CarriedOver() => Config is CachePlanConfig planned ? this with { Config = planned with { CarriesOver = true } } : this;

    /// <summary>The cache of a name, of a config's JSON, or of several joined by <c>+</c>.</summary>
    /// <exception cref="FileNotFoundException">There is none of that name.</exception>
    /// <exception cref="InvalidDataException">A file is a pipe, a device or a folder.</exception>
    /// <exception cref="System.Text.Json.JsonException">A file holds no config.</exception>
    public static CacheChoice Parse(string text) =>
        NamedCaches.All.ContainsKey(text) ? Named(text)
        : File.Exists(text) || !text.Contains('+') ? FromFile(text)
        : new CacheChoice(text, CacheConfig.Compose([.. text.Split('+').Select(part => Parse(part).Config).OfType<CacheConfig>()]));

    private static CacheChoice Named(string name) => new(name, NamedCaches.All[name]);

    private static CacheChoice FromFile(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no cache '{path}': expected none, {Names}.");
        return path.EndsWith(PlanEnding, StringComparison.Ordinal)
            ? new CacheChoice(Path.GetFileName(path)[..^PlanEnding.Length], new CachePlanConfig { Plan = CachePlan.Load(path) })
            : new CacheChoice(Path.GetFileNameWithoutExtension(path), CacheConfigJson.Load(path));
    }
}

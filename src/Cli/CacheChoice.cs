using System.Text.Json;
using Afterimage.Models;

namespace Afterimage.Cli;

/// <summary>A cache named on the command line.</summary>
/// <param name="Name">What it is called in tables.</param>
/// <param name="Config">Its config, or null for no cache.</param>
/// <param name="GuidesInRun">Whether the run returns guided predictions, instead of both halves of the batch.</param>
internal sealed record CacheChoice(string Name, CacheConfig? Config, bool GuidesInRun = false)
{
    /// <summary>No cache.</summary>
    public static readonly CacheChoice None = new("none", null);

    /// <summary>Pyramid Attention Broadcast as on the diffusers page for it.</summary>
    public static readonly CacheChoice Pyramid = new("pab", new PyramidAttentionBroadcastConfig
    {
        SpatialAttentionBlockSkipRange = 2,
        SpatialAttentionTimestepSkipRange = (100, 800),
    });

    /// <summary>FasterCache as on the diffusers page for it.</summary>
    public static readonly CacheChoice Faster = new("faster", new FasterCacheConfig
    {
        SpatialAttentionBlockSkipRange = 2,
        SpatialAttentionTimestepSkipRange = (-1, 681),
        UnconditionalBatchSkipRange = 5,
        UnconditionalBatchTimestepSkipRange = (-1, 781),
        AttentionWeightCallback = _ => 0.3,
        TensorFormat = TensorFormat.BFCHW,
    });

    /// <summary><see cref="Faster"/> in runs that return guided predictions.</summary>
    public static readonly CacheChoice FasterGuided = new("faster, guided in the run", Faster.Config, GuidesInRun: true);

    /// <summary>The choice for a model: without guidance in the batch there is no unconditional half, and <see cref="Faster"/> reuses attention alone.</summary>
    public CacheChoice For(GuidanceLayout layout) => this == Faster && layout == GuidanceLayout.None
        ? this with { Config = (FasterCacheConfig)Config! with { IsGuidanceDistilled = true } }
        : this;

    /// <summary><c>none</c>, <c>pab</c>, <c>faster</c>, or the path of a config's JSON.</summary>
    public static CacheChoice Parse(string text) => text switch
    {
        "none" => None,
        "pab" => Pyramid,
        "faster" => Faster,
        _ => FromFile(text),
    };

    private static CacheChoice FromFile(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no cache '{path}': expected none, pab, faster, or the path of a config's JSON.");
        try
        {
            return new CacheChoice(Path.GetFileNameWithoutExtension(path), CacheConfigJson.Parse(RegularFile.ReadText(path)));
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
    }
}

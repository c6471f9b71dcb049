using System.Text;
using System.Text.Json;

namespace Afterimage.Runtime.Tests.Configuration;

[TestClass]
public sealed class CacheConfigJsonTests
{
    [TestMethod]
    public void Parse_Null_IsNoCache()
    {
        Assert.IsNull(CacheConfigJson.Parse("null"));
        Assert.AreEqual("null", CacheConfigJson.Write(null));
    }

    [TestMethod]
    public void Parse_MissingKeys_TakeDefaults()
    {
        Assert.AreEqual(new FasterCacheConfig(), CacheConfigJson.Parse("""{"type": "FasterCache"}"""));
        Assert.AreEqual(
            new PyramidAttentionBroadcastConfig { CrossAttentionBlockSkipRange = 6 },
            CacheConfigJson.Parse("""{"type": "PyramidAttentionBroadcast", "config": {"cross_attention_block_skip_range": 6}}"""));
    }

    [TestMethod]
    public void Write_EveryOwnKey_IsReadBack()
    {
        var config = new PyramidAttentionBroadcastConfig
        {
            SpatialAttentionBlockSkipRange = 2,
            SpatialAttentionTimestepSkipRange = (0.5, 900),
            SpatialAttentionBlockIdentifiers = ["^transformer_blocks\\.[0-9]+\\."],
            FeedForwardBlockSkipRange = 4,
            FeedForwardTimestepSkipRange = (200, 600),
            ShareStateAcrossContexts = true,
            MaxHistoryBytes = 8L << 30,
            OffloadHistory = true,
        };

        Assert.Contains("\"offload_history\": true", CacheConfigJson.Write(config));
        Assert.DoesNotContain("offload_history", CacheConfigJson.Write(config with { OffloadHistory = false }));

        Assert.AreEqual(config, CacheConfigJson.Parse(CacheConfigJson.Write(config)));
    }

    [TestMethod]
    public void Write_Tables_AreReadBack()
    {
        var config = new FasterCacheConfig { AttentionWeightCallback = WeightSchedule.ByStep(0.1, 0.2) };

        var text = CacheConfigJson.Write(config);
        var read = (FasterCacheConfig)CacheConfigJson.Parse(new MemoryStream(Encoding.UTF8.GetBytes(text)))!;

        Assert.AreEqual(0.2, read.AttentionWeightCallback!(new CacheStep(1, 0, null)));
        Assert.IsNull(read.LowFrequencyWeightCallback);
        Assert.AreEqual(text, CacheConfigJson.Write(read));
    }

    [TestMethod]
    public void Write_CodeCallback_IsRefused()
    {
        var weight = new FasterCacheConfig { LowFrequencyWeightCallback = _ => 1.2 };
        var timestep = new FasterCacheConfig { CurrentTimestepCallback = () => 999 };
        var infinite = new FasterCacheConfig { SpatialAttentionTimestepSkipRange = (double.NegativeInfinity, 681) };

        Assert.Contains("LowFrequencyWeightCallback", Assert.ThrowsExactly<InvalidOperationException>(() => CacheConfigJson.Write(weight)).Message);
        Assert.Contains("CurrentTimestepCallback", Assert.ThrowsExactly<InvalidOperationException>(() => CacheConfigJson.Write(timestep)).Message);
        Assert.Contains("no infinity", Assert.ThrowsExactly<InvalidOperationException>(() => CacheConfigJson.Write(infinite)).Message);
    }

    [TestMethod]
    [DataRow("TextKVCache")]
    [DataRow("SeaCache")]
    public void Parse_OtherMethod_IsNotSupported(string type)
    {
        var exception = Assert.ThrowsExactly<NotSupportedException>(() => CacheConfigJson.Parse($$"""{"type": "{{type}}", "config": null}"""));

        Assert.Contains(type, exception.Message);
    }

    [TestMethod]
    [DataRow("""{"type": "FasterCache", "config": {"alpha_low_freq": 1}}""", "\"alpha_low_freq\" is no key of FasterCache's config. The nearest known ones: alpha_low_frequency,")]
    [DataRow("""{"type": "FasterCache", "attention_weights_by_step": [1]}""", "The nearest known ones: attention_weight_by_step,")]
    [DataRow("""{"type": "PyramidAttentionBroadcast", "attention_weight_by_step": [1]}""", "\"attention_weight_by_step\" is no key of PyramidAttentionBroadcast.")]
    [DataRow("""{"config": {}}""", "no \"type\"")]
    [DataRow("""[]""", "\"cache\" is []: give an object.")]
    [DataRow("""{"type": "FasterCache", "config": {"tensor_format": "BSC"}}""", "\"tensor_format\" is \"BSC\": give one of BCFHW, BFCHW, BCHW.")]
    [DataRow("""{"type": "FasterCache", "config": {"spatial_attention_block_skip_range": 2.5}}""", "\"spatial_attention_block_skip_range\" is 2.5: give an integer or null.")]
    [DataRow("""{"type": "FasterCache", "config": {"unconditional_batch_skip_range": null}}""", "give an integer.")]
    [DataRow("""{"type": "FasterCache", "config": {"spatial_attention_timestep_skip_range": [1, 2, 3]}}""", "give two numbers, [low, high].")]
    [DataRow("""{"type": "FasterCache", "low_frequency_weight_by_step": []}""", "give an array of one number per step, or null.")]
    [DataRow("""{"type": "FasterCache", "config": {"is_guidance_distilled": 1}}""", "give true or false.")]
    public void Parse_WrongKeyOrValue_SaysWhich(string json, string expected)
    {
        var exception = Assert.ThrowsExactly<JsonException>(() => CacheConfigJson.Parse(json));

        Assert.Contains(expected, exception.Message);
    }

    [TestMethod]
    public void Parse_InvalidSetting_IsRefused() => Assert.ThrowsExactly<ArgumentException>(() =>
        CacheConfigJson.Parse("""{"type": "FasterCache", "config": {"unconditional_batch_skip_range": 0}}"""));
}

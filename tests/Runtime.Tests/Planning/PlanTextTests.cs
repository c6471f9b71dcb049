using System.Text.Json;

namespace Afterimage.Runtime.Tests.Planning;

[TestClass]
public sealed class PlanTextTests
{
    private static readonly CacheSite[] Sites =
    [
        .. from block in Enumerable.Range(0, 30)
           from site in new[] { ("attn1", SiteKind.SpatialAttention), ("attn2", SiteKind.CrossAttention) }
           select new CacheSite($"transformer_blocks.{block}.{site.Item1}", site.Item2),
    ];

    private static CachePlan Faster => CachePlan.Create(
        new FasterCacheConfig { UnconditionalBatchSkipRange = 3, AttentionWeightCallback = WeightSchedule.Ramp(0, 1, 5), SpatialAttentionBlockSkipRange = 9 },
        [700, 640, 500, 290, 50], Sites, GuidanceLayout.Batched);

    [TestMethod]
    public void ToString_SixtySites_IsOneColumnPerGroup()
    {
        const string Expected = """
            FasterCache: 5 forwards, 60 sites, guidance in one batch
            skipped: 90 of 150 site forwards (60 %), 3 of 5 unconditional halves (60 %)
            kinds of step: 4, 2 of 5 forwards of one that comes again

            columns
               1  transformer_blocks.*.attn1 ×30
            left alone
              transformer_blocks.*.attn2 ×30

            forward  timestep  guidance     1
            0        700       keep         C
            1        640       skip 1.1 1   R
            2        500       skip 1.21 1  R
            3        290       keep         C
            4        50        skip 1 1.1   X1

            C computed and kept, c computed, R reused, Xw newest + w·(newest − the one before), kept
            guidance: keep = the halves' difference is kept; skip a b = it is added, low frequencies ×a, high ×b

            """;

        Assert.AreEqual(Expected, Faster.ToString());
    }

    [TestMethod]
    public void ToString_SomeBlocksOnly_NamesTheirNumbers()
    {
        var config = new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2, SpatialAttentionBlockIdentifiers = [@"blocks\.([0-4]|27)\."] };

        var text = CachePlan.Create(config, [700, 600], Sites, GuidanceLayout.Sequential).ToString();

        Assert.Contains("1  transformer_blocks.{0-4,27}.attn1 ×6\n", text);
        Assert.Contains("\n0        uncond   700       C\n", text);
        Assert.Contains("note: SpatialAttentionBlockSkipRange leaves out transformer_blocks.5.attn1, ", text);
    }

    [TestMethod]
    public void Json_OfAPlan_IsReadBackEqual()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.json");
        try
        {
            Faster.Save(path);
            var read = CachePlan.Load(path);

            Assert.AreEqual(Faster, read);
            Assert.AreEqual(Faster.GetHashCode(), read.GetHashCode());
            Assert.AreEqual(Faster.ToString(), read.ToString());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    [DataRow("\"version\":3", "\"version\":2", "version 2")]
    [DataRow("\"values\":2,\"dtype\":\"Native\"", "\"values\":1,\"dtype\":\"Native\"", "reads 2 kept results of transformer_blocks.0.attn1, and there are 1")]
    [DataRow("\"C\"]", "\"c\"]", "reads 2 kept results of (guidance), and there are 0")]
    [DataRow("[\"P\",1.1,1]", "[\"P\",1.1]", "takes two weights")]
    [DataRow("[\"P\",1.1,1]", "\"R\"", "takes two weights")]
    [DataRow("\"layout\":\"Batched\"", "\"layout\":\"None\"", "not those of a run with GuidanceLayout.None")]
    [DataRow("\"index\":1", "\"index\":2", "should be forward 1")]
    [DataRow("\"C\"", "\"c\"", "reads 1 kept results")]
    [DataRow("\"method\"", "\"methode\"", "methode")]
    [DataRow("\"sites\":[", "\"sites\":[null,", "null among its sites")]
    [DataRow("\"rows\":[", "\"rows\":[null,", "null among its sites, rows")]
    [DataRow("\"cells\":[", "\"cells\":[null,", "null among its sites, rows")]
    [DataRow("\"kind\":\"SpatialAttention\"", "\"kind\":1", "kind")]
    public void Json_OfAnImpossiblePlan_IsRefused(string written, string changed, string expected)
    {
        var json = Faster.ToJson();
        Assert.Contains(written, json);

        var exception = Assert.ThrowsExactly<JsonException>(() => CachePlan.FromJson(json.Replace(written, changed)));

        Assert.Contains(expected, exception.Message);
    }
}

namespace Afterimage.Runtime.Tests.Configuration;

[TestClass]
public sealed class CacheConfigTests
{
    [TestMethod]
    public void PyramidAttentionBroadcast_New_HasDiffusersDefaults()
    {
        var config = new PyramidAttentionBroadcastConfig();

        Assert.IsNull(config.SpatialAttentionBlockSkipRange);
        Assert.IsNull(config.TemporalAttentionBlockSkipRange);
        Assert.IsNull(config.CrossAttentionBlockSkipRange);
        Assert.IsNull(config.FeedForwardBlockSkipRange);
        Assert.AreEqual(new TimestepRange(100, 800), config.SpatialAttentionTimestepSkipRange);
        Assert.AreEqual(new TimestepRange(100, 800), config.TemporalAttentionTimestepSkipRange);
        Assert.AreEqual(new TimestepRange(100, 800), config.CrossAttentionTimestepSkipRange);
        Assert.AreEqual(new TimestepRange(100, 800), config.FeedForwardTimestepSkipRange);
        Assert.IsNull(config.SpatialAttentionBlockIdentifiers);
        Assert.IsNull(config.TemporalAttentionBlockIdentifiers);
        Assert.IsNull(config.CrossAttentionBlockIdentifiers);
        Assert.IsNull(config.CurrentTimestepCallback);
        Assert.IsFalse(config.ShareStateAcrossContexts);
        Assert.IsNull(config.MaxHistoryBytes);
    }

    [TestMethod]
    public void FasterCache_New_HasDiffusersDefaults()
    {
        var config = new FasterCacheConfig();

        Assert.AreEqual(2, config.SpatialAttentionBlockSkipRange);
        Assert.IsNull(config.TemporalAttentionBlockSkipRange);
        Assert.AreEqual(new TimestepRange(-1, 681), config.SpatialAttentionTimestepSkipRange);
        Assert.AreEqual(new TimestepRange(-1, 681), config.TemporalAttentionTimestepSkipRange);
        Assert.AreEqual(new TimestepRange(99, 901), config.LowFrequencyWeightUpdateTimestepRange);
        Assert.AreEqual(new TimestepRange(-1, 301), config.HighFrequencyWeightUpdateTimestepRange);
        Assert.AreEqual(1.1, config.AlphaLowFrequency);
        Assert.AreEqual(1.1, config.AlphaHighFrequency);
        Assert.AreEqual(5, config.UnconditionalBatchSkipRange);
        Assert.AreEqual(new TimestepRange(-1, 641), config.UnconditionalBatchTimestepSkipRange);
        Assert.IsNull(config.SpatialAttentionBlockIdentifiers);
        Assert.IsNull(config.TemporalAttentionBlockIdentifiers);
        Assert.IsNull(config.AttentionWeightCallback);
        Assert.IsNull(config.LowFrequencyWeightCallback);
        Assert.IsNull(config.HighFrequencyWeightCallback);
        Assert.AreEqual(TensorFormat.BCFHW, config.TensorFormat);
        Assert.IsFalse(config.IsGuidanceDistilled);
        Assert.IsNull(config.UnconditionalConditionalInputKwargsIdentifiers);
    }

    [TestMethod]
    public void Equality_OfEqualIdentifiers_IsByValue()
    {
        var identifiers = new List<string> { "blocks", "layers" };
        var one = new FasterCacheConfig { SpatialAttentionBlockIdentifiers = identifiers };
        var two = new FasterCacheConfig { SpatialAttentionBlockIdentifiers = ["blocks", "layers"] };

        Assert.AreEqual(one, two);
        Assert.AreEqual(one.GetHashCode(), two.GetHashCode());
        identifiers.Add("later");
        Assert.AreEqual(one, two);
        Assert.AreNotEqual(one, two with { SpatialAttentionBlockIdentifiers = ["blocks"] });
        Assert.AreNotEqual(one, two with { SpatialAttentionBlockIdentifiers = null });
    }

    [TestMethod]
    [DataRow(100, false)]
    [DataRow(100.5, true)]
    [DataRow(799, true)]
    [DataRow(800, false)]
    public void TimestepRange_Contains_IsStrictOnBothSides(double timestep, bool within)
    {
        TimestepRange range = (100, 800);

        Assert.AreEqual(within, range.Contains(timestep));
    }

    public static IEnumerable<(CacheConfig, string)> Invalid =>
    [
        (new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 0 }, "SpatialAttentionBlockSkipRange is 0: give 1 to compute"),
        (new PyramidAttentionBroadcastConfig { FeedForwardBlockSkipRange = -1 }, "FeedForwardBlockSkipRange is -1: "),
        (new PyramidAttentionBroadcastConfig { CrossAttentionTimestepSkipRange = (800, 100) },
            "CrossAttentionTimestepSkipRange is (800, 100): the low end comes first, although timesteps run down: (100, 800)."),
        (new PyramidAttentionBroadcastConfig { TemporalAttentionTimestepSkipRange = (double.NaN, 1) }, "both ends must be numbers"),
        (new PyramidAttentionBroadcastConfig { SpatialAttentionBlockIdentifiers = ["blocks", "("] },
            "SpatialAttentionBlockIdentifiers is \"(\": it is no regular expression: "),
        (new PyramidAttentionBroadcastConfig { CrossAttentionBlockIdentifiers = [] }, "CrossAttentionBlockIdentifiers is []: an empty list"),
        (new FasterCacheConfig { UnconditionalBatchSkipRange = 0 }, "UnconditionalBatchSkipRange is 0: "),
        (new FasterCacheConfig { AlphaLowFrequency = double.PositiveInfinity }, "AlphaLowFrequency is Infinity: give a finite number."),
        (new FasterCacheConfig { TensorFormat = (TensorFormat)7 }, "TensorFormat is 7: give one of BCFHW, BFCHW, BCHW."),
        (new FasterCacheConfig { MaxHistoryBytes = -5 }, "MaxHistoryBytes is -5: "),
    ];

    [TestMethod]
    [DynamicData(nameof(Invalid))]
    public void Validate_InvalidSetting_SaysPropertyValueAndRemedy(CacheConfig config, string expected)
    {
        var exception = Assert.ThrowsExactly<ArgumentException>(config.Validate);

        Assert.Contains(expected, exception.Message);
    }

    [TestMethod]
    public void Validate_EqualEnds_AreAllowed() =>
        new PyramidAttentionBroadcastConfig { SpatialAttentionTimestepSkipRange = (500, 500) }.Validate();

    [TestMethod]
    public void WeightSchedule_Ramp_GoesFromFirstToLast()
    {
        var ramp = WeightSchedule.Ramp(0, 1, steps: 5);

        Assert.AreSequenceEqual([0, 0.25, 0.5, 0.75, 1], Enumerable.Range(0, 5).Select(i => ramp(new CacheStep(i, 0, null))));
        var exception = Assert.ThrowsExactly<InvalidOperationException>(() => ramp(new CacheStep(5, 20, null)));
        Assert.Contains("weights for 5 steps, and step 5 (timestep 20)", exception.Message);
    }
}

namespace Afterimage.Runtime.Tests.Planning;

/// <summary>Every method, and compositions of them, on a model that has no site.</summary>
[TestClass]
public sealed class NoSitesTests
{
    private static readonly double[] s_timesteps = [900, 600, 300];

    private static readonly CacheConfig[] s_needSites =
    [
        new PyramidAttentionBroadcastConfig(),
        new FasterCacheConfig { IsGuidanceDistilled = true },
        new TaylorSeerCacheConfig(),
        new TaylorSeerCacheConfig { UseLiteMode = true },
        new TaylorSeerCacheConfig { CacheIdentifiers = ["blocks"] },
        new MagCacheConfig { MagRatios = [1, 1, 1], NumInferenceSteps = 3 },
        new TeaCacheConfig { Coefficients = [1, 0] },
        new TeaCacheConfig { Coefficients = [1, 0], TimestepChanges = [0, 1, 1] },
        new EasyCacheConfig(),
        new FirstBlockCacheConfig(),
        new DBCacheConfig(),
        new StepMaskConfig { Mask = "101" },
        new CacheMethodConfig { Name = "mine" },
    ];

    [TestMethod]
    public void Methods_OfTheList_AreAllThereAre()
    {
        var all = typeof(CacheConfig).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(CacheConfig)) && !type.IsAbstract);

        CollectionAssert.AreEquivalent(
            all.Except([typeof(ComposedCacheConfig), typeof(CachePlanConfig)]).ToArray(), s_needSites.Select(config => config.GetType()).Distinct().ToArray());
    }

    [TestMethod]
    public void Plan_OfAModelWithoutSites_SaysWhatIsMissing()
    {
        foreach (var config in s_needSites)
            AssertRefused(config);
    }

    [TestMethod]
    public void Plan_OfAMethodThatSelectsNothing_ListsTheKindsThatThereAre()
    {
        var exception = Assert.ThrowsExactly<ArgumentException>(() => Plan(new CacheMethodConfig { Name = "mine" }));

        Assert.Contains("mine selects no site of the model. The kinds of its sites: Guidance.", exception.Message);
    }

    [TestMethod]
    public void Composition_OnAModelWithoutSites_SaysWhatIsMissing()
    {
        foreach (var config in s_needSites)
        {
            AssertRefused(CacheConfig.Compose(config, new FasterCacheConfig()));
            AssertRefused(CacheConfig.Compose(new FasterCacheConfig(), config));
        }
    }

    // Guidance needs no site, so that both parts can be made and only their order is left to find.
    [TestMethod]
    public void Composition_OfTwoThatSkipGuidance_IsRefusedWithoutSitesToo()
    {
        var exception = Assert.ThrowsExactly<ArgumentException>(() => Plan(CacheConfig.Compose(new FasterCacheConfig(), new FasterCacheConfig())));

        Assert.Contains("Both FasterCache and FasterCache claim (guidance). Give one of them.", exception.Message);
    }

    [TestMethod]
    public void Plan_OfGuidanceAlone_CountsItsHalvesAndNoSites()
    {
        var config = new FasterCacheConfig { UnconditionalBatchSkipRange = 2, UnconditionalBatchTimestepSkipRange = (-1, 950) };
        var profile = new ModelProfile([], OutputElements: 16, TotalFlops: 100);

        var plan = Plan(config);

        Assert.AreEqual(1, plan.SkippedUnconditionalHalves);
        Assert.AreEqual(0, plan.SiteForwards);
        Assert.AreEqual(1 / 6.0, plan.FlopsSaved(profile), 1e-12);
        Assert.AreEqual(16 * sizeof(float), plan.HistoryBytes(profile));
        Assert.AreEqual(plan, CachePlan.FromJson(plan.ToJson()));
        Assert.Contains("1 of 3 unconditional halves", plan.ToString());
    }

    private static void AssertRefused(CacheConfig config)
    {
        var exception = Assert.ThrowsExactly<ArgumentException>(() => Plan(config), $"{config}");

        Assert.DoesNotContain("Sequence contains", exception.Message);
        Assert.MatchesRegex("[Nn]o site|needs|marks none|No attention|none of this one's", exception.Message);
    }

    private static CachePlan Plan(CacheConfig config) => CachePlan.Create(config, s_timesteps, [], GuidanceLayout.Batched);
}

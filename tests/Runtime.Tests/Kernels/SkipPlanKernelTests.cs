using Afterimage.Kernels;
using Afterimage.Runtime.Tests.Planning;
using CsCheck;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Kernels;

[TestClass]
public sealed class SkipPlanKernelTests
{
    private static IEnumerable<DeviceType> Places => Accelerators.All;

    [TestMethod]
    [DynamicData(nameof(Places))]
    public void Launch_OfAnyConfig_IsThePlan(DeviceType device)
    {
        var launcher = Accelerators.Launcher(device);
        var checkedPlans = 0;
        PlanCase.Any.Sample(
            @case =>
            {
                // A weight of zero is the coefficients' business, which stay with the plan.
                var config = @case.Config is FasterCacheConfig faster ? faster with { AttentionWeightCallback = _ => 0.5 } : @case.Config;
                using var scope = NewDisposeScope();
                Tensor expected;
                try
                {
                    expected = SkipPlan.Managed(config, @case.Timesteps, @case.Sites, @case.Layout);
                }
                catch (ArgumentException)
                {
                    return; // no site takes a setting: there is no plan
                }
                var actual = SkipPlan.Launch(launcher, config, @case.Timesteps, @case.Sites, @case.Layout, torch.device(device));
                Assert.IsTrue(expected.equal(actual.cpu()).all().item<bool>(), $"{expected.str()}\n{actual.str()}");
                checkedPlans++;
            },
            iter: 300, threads: 1);
        Assert.IsGreaterThan(100, checkedPlans);
    }

    [TestMethod]
    [DataRow]
    [DataRow(900.0, double.NaN)]
    public void Launch_OfTimestepsThatNoPlanTakes_IsRefusedInTheSameWords(params double[] timesteps)
    {
        var config = new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2 };
        CacheSite[] sites = [new("transformer_blocks.0.attn1", SiteKind.SpatialAttention)];
        var expected = Assert.ThrowsExactly<ArgumentException>(() => SkipPlan.Managed(config, timesteps, sites, GuidanceLayout.None));
        var error = Assert.ThrowsExactly<ArgumentException>(() => SkipPlan.Launch(
            Accelerators.Launcher(DeviceType.CPU), config, timesteps, sites, GuidanceLayout.None, CPU));
        Assert.AreEqual(expected.Message, error.Message);
    }
}

namespace Afterimage.Cli.Tests;

[TestClass]
public sealed class KernelsTests
{
    [TestMethod]
    public void Kernels_OfAName_PrintsTheirCode()
    {
        var result = Tool.Run("kernels", "blend-guided.bfloat16", "--arch", "sm_80");
        result.AssertExit(0);
        Assert.AreEqual("", result.Errors);
        Assert.Contains("// blend-guided.bfloat16.x1 for sm_80: ", result.Output);
        Assert.Contains("// blend-guided.bfloat16.x4 for sm_80: ", result.Output);
        Assert.Contains("registers, 0 bra", result.Output);
        Assert.Contains(".visible .entry Kernel_BlendGuided(", result.Output);
        Assert.Contains("Others: torch operations", result.Output);
    }

    [TestMethod]
    public void Kernels_List_NamesAllAndLeavesTheCodeOut()
    {
        var result = Tool.Run("kernels", "--list");
        result.AssertExit(0);
        foreach (var name in new[] { "combine.float32.x1", "extrapolate.float16.x4", "low-pass", "relative-l1-quotient" })
            Assert.Contains($"// {name} for sm_90: ", result.Output);
        Assert.DoesNotContain(".entry", result.Output);
    }

    [TestMethod]
    public void Kernels_OfNoSuchNameOrArchitecture_SaysSo()
    {
        Tool.Run("kernels", "nosuch").AssertError(1, "nosuch", "--list");
        Tool.Run("kernels", "--arch", "hopper").AssertError(1, "hopper", "sm_90");
        Tool.Run("kernels", "--arch", "sm_52").AssertError(3, "6.0");
    }

    [TestMethod]
    public void Kernels_WhereTorchIsForced_SaySo()
    {
        var result = Tool.RunIn(new Dictionary<string, string> { ["AFTERIMAGE_KERNELS"] = "torch" }, "kernels", "low-pass", "--list");
        result.AssertExit(0);
        Assert.StartsWith("// Tensors on CUDA: torch operations, as AFTERIMAGE_KERNELS=torch asks.", result.Output);
    }
}

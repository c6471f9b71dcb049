using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Parallel.Tests;

[TestClass]
public class NcclCommunicatorTests
{
    /// <summary>One rank alone: NCCL refuses two on one device.</summary>
    [TestMethod]
    public async Task Rank_OnADevice_KeepsTheContract()
    {
        if (!cuda.is_available())
            Assert.Inconclusive("needs a CUDA device");
        var ranks = await Ranks.Run(1, "nccl");
        Assert.AreEqual(0, ranks.ExitCode, ranks.ToString());
        Assert.Contains("rank 0 of 1 is right", ranks.Output);
    }

    [TestMethod]
    public async Task Open_OverRanks_RefusesWhatIsNoDevice()
    {
        var ranks = await Ranks.Run(1, "nccl on the host");
        Assert.AreNotEqual(0, ranks.ExitCode);
        Assert.StartsWith("rank 0 of 1: Expected a CUDA device, got cpu.", ranks.Errors);
    }

    [TestMethod]
    public async Task Open_WithoutCuda_SaysSo()
    {
        if (cuda.is_available())
            Assert.Inconclusive("there is a CUDA device");
        var ranks = await Ranks.Run(1, "nccl");
        Assert.AreNotEqual(0, ranks.ExitCode);
        Assert.StartsWith("rank 0 of 1: NCCL needs a CUDA device and libtorch with CUDA", ranks.Errors);
    }
}

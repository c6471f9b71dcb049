namespace Afterimage.Parallel.Tests;

/// <summary>Models that ranks compute together.</summary>
[TestClass]
public class SharedModelTests
{
    [TestMethod]
    [DataRow(2, "guidance")]
    [DataRow(2, "sequence")]
    [DataRow(4, "sequence of 4")]
    [DataRow(4, "both")]
    public async Task Forwards_OfRanks_AreThoseOfOne_InAsManyCollectivesAsThePlanSays(int count, string layout)
    {
        var ranks = await Ranks.Run(count, layout);
        Assert.AreEqual(0, ranks.ExitCode, ranks.ToString());
        for (var rank = 0; rank < count; rank++)
            Assert.Contains($"rank {rank} of {count} is right", ranks.Output);
    }

    [TestMethod]
    public async Task Ranks_WithWhatTheyCannotShare_SaySoAndGoOn()
    {
        var ranks = await Ranks.Run(2, "refusals");
        Assert.AreEqual(0, ranks.ExitCode, ranks.ToString());
    }

    [TestMethod]
    public async Task Ranks_WithPlansOfTheirOwn_EndWithALine()
    {
        var ranks = await Ranks.Run(2, "other plans");
        Assert.AreNotEqual(0, ranks.ExitCode);
        Assert.Contains("Rank 1 has another plan than rank 0", ranks.Errors);
    }
}

using Afterimage.Parallel.Mpi;

namespace Afterimage.Parallel.Tests;

[TestClass]
public class MpiCommunicatorTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(4)]
    public async Task Ranks_OfAnyNumber_KeepTheContract(int count)
    {
        var ranks = await Ranks.Run(count, "contract");
        Assert.AreEqual(0, ranks.ExitCode, ranks.ToString());
        for (var rank = 0; rank < count; rank++)
            Assert.Contains($"rank {rank} of {count} is right", ranks.Output);
        Assert.AreEqual("", ranks.Errors);
    }

    [TestMethod]
    [DataRow("throws")]
    [DataRow("aborts")]
    [DataRow("unhandled")]
    public async Task Rank_ThatFails_EndsAllWithOneLine(string work)
    {
        var ranks = await Ranks.Run(4, work);
        Assert.AreNotEqual(0, ranks.ExitCode);
        Assert.AreEqual($"rank 3 of 4: {RankWork.Reason}{(work == "throws" ? " and says so at length" : "")}", ranks.Errors.TrimEnd());
    }

    [TestMethod]
    [DataRow("is absent", "has waited 5 s for the other ranks")]
    [DataRow("closes early", "has waited 5 s for the other ranks")]
    [DataRow("sends too much", "MPI could not AllToAll 1")]
    public async Task Rank_ThatTheOthersCannotGoOnWith_EndsAll(string work, string why)
    {
        var ranks = await Ranks.Run(2, work);
        Assert.AreNotEqual(0, ranks.ExitCode);
        Assert.Contains(why, ranks.Errors);
    }

    [TestMethod]
    [DataRow("dies", 2)]
    [DataRow("dies", 4)]
    [DataRow("leaves", 2)]
    public async Task Rank_ThatIsGone_EndsAll(string work, int count) => Assert.AreNotEqual(0, (await Ranks.Run(count, work)).ExitCode);

    /// <summary>Where mpiexec leaves the others alone, as across a network that does not tell.</summary>
    [TestMethod]
    public async Task Rank_ThatIsGoneUnseen_EndsAllWithALine()
    {
        var ranks = await Ranks.Run(2, "dies", "-disable-auto-cleanup");
        Assert.AreNotEqual(0, ranks.ExitCode);
        Assert.Contains("rank 0 of 2: ", ranks.Errors);
    }
}

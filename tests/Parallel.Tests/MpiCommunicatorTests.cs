using System.Diagnostics;
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
    }

    [TestMethod]
    [DataRow("throws")]
    [DataRow("aborts")]
    [DataRow("throws elsewhere")]
    public async Task Rank_ThatFails_EndsAllWithOneLine(string work)
    {
        var ranks = await Ranks.Run(4, work);
        Assert.AreNotEqual(0, ranks.ExitCode);
        Assert.AreEqual($"rank 3 of 4: {RankWork.Reason}{(work == "throws" ? " and says so at length" : "")}", ranks.Errors.TrimEnd());
    }

    [TestMethod]
    [DataRow("is absent", "has waited 5 s for the other ranks")]
    [DataRow("closes early", "has waited 5 s for the other ranks")]
    [DataRow("leaves", "rank 1 of 2: The process ends before its work is done.")]
    [DataRow("runs twice", "MPI can be started once in a process")]
    public async Task Rank_ThatTheOthersCannotGoOnWith_EndsAll(string work, string why)
    {
        var ranks = await Ranks.Run(2, work);
        Assert.AreNotEqual(0, ranks.ExitCode);
        Assert.Contains(why, ranks.Errors);
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(4)]
    public async Task Rank_ThatIsKilled_EndsAll(int count)
    {
        var ranks = await Ranks.Run(count, "dies");
        Assert.AreNotEqual(0, ranks.ExitCode);
        Assert.Contains("Killed (signal 9)", ranks.Errors + ranks.Output); // mpiexec's own words
    }

    [TestMethod]
    public async Task Program_OfRanks_GivesItsExitCode() => Assert.AreEqual(3, (await Ranks.Run(2, "code")).ExitCode);

    [TestMethod]
    [DataRow(1)]
    [DataRow(4)]
    public async Task Torch_OfRanks_SharesTheProcessors(int count)
    {
        var ranks = await Ranks.Run(count, "threads");
        var numbers = ranks.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToList();
        Assert.HasCount(count, numbers);
        Assert.IsTrue(numbers.TrueForAll(threads => threads >= 1 && threads <= Math.Max(1, Environment.ProcessorCount / count)), ranks.Output);
    }

    /// <summary>As tests are: by no mpiexec.</summary>
    [TestMethod]
    public void Run_OfAProcessOfItsOwn_SaysWhatToDo()
    {
        var exception = Assert.ThrowsExactly<NotSupportedException>(() => MpiCommunicator.Run(_ => throw new UnreachableException()));
        Assert.Contains("was not started by mpiexec", exception.Message);
        Assert.Contains("mpiexec -n 4", exception.Message);
        Assert.Contains("apt-get install mpich", exception.Message);
    }

    [TestMethod]
    public void Run_OfOpenMpisMpiexec_SaysThatItIsAnother()
    {
        var exception = Assert.ThrowsExactly<NotSupportedException>(() => MpiLaunch.Check(name => name == "OMPI_COMM_WORLD_RANK" ? "0" : null));
        Assert.Contains("Open MPI's mpiexec, and expects MPICH's", exception.Message);
        Assert.Contains("mpiexec.mpich", exception.Message);
    }

    [TestMethod]
    public void Run_WithoutALibrary_SaysWhatBringsIt()
    {
        var exception = Assert.ThrowsExactly<NotSupportedException>(() => MpiLibrary.Load("libno-such-mpi.so.12"));
        Assert.Contains("MPI's library is missing: expected MPICH 4.0 or later on Linux, libno-such-mpi.so.12 with MPI_Ialltoallv_c. MPICH brings it: 'apt-get install mpich'", exception.Message);
    }

    [TestMethod]
    public void Run_OfATimeoutThatIsNone_IsRefused()
    {
        Assert.AreEqual("timeout", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => MpiCommunicator.Run(_ => 0, TimeSpan.Zero)).ParamName);
        Assert.AreEqual("program", Assert.ThrowsExactly<ArgumentNullException>(() => MpiCommunicator.Run(null!)).ParamName);
    }
}

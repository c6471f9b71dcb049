using Afterimage.Configuration;

namespace Afterimage.Tests;

[TestClass]
public class MemoryEstimateTests
{
    [TestMethod]
    public void Machine_Memory_IsWhatAMachineHas() => Assert.IsInRange(1 << 28, (double)(1L << 60), MachineMemory.Total);

    [TestMethod]
    public void Require_UpToTheLimit_PassesAndAboveItNamesAll()
    {
        MemoryEstimate.Require("frames 9", 1024, "a film", "ask for fewer", available: 1024);
        var error = Assert.ThrowsExactly<InsufficientMemoryException>(
            () => MemoryEstimate.Require("frames 9", 1536 * 1024, "a film", "ask for fewer", available: 1024));
        Assert.AreEqual("frames 9: a film would take 1.5 MiB at least, and this process may have 1 KiB: ask for fewer.", error.Message);
        Assert.ThrowsExactly<InsufficientMemoryException>(() => MemoryEstimate.Require("", double.NaN, "", ""));
        Assert.ThrowsExactly<InsufficientMemoryException>(() => MemoryEstimate.Require("", double.PositiveInfinity, "", ""));
    }

    [TestMethod]
    public void Plan_OfMoreRowsThanFit_IsRefused()
    {
        CachePlan.CheckSize(1000, 100, GuidanceLayout.Batched, available: 1e6);
        Assert.ThrowsExactly<InsufficientMemoryException>(() => CachePlan.CheckSize(1000, 100, GuidanceLayout.Sequential, available: 1e6));
        Assert.ThrowsExactly<InsufficientMemoryException>(() => CachePlan.CheckSize(int.MaxValue, 1000, GuidanceLayout.None));
    }

    [TestMethod]
    [DataRow("attn1", true)]
    [DataRow("^transformer", true)]
    [DataRow("(?<!temporal_)transformer_blocks", true)]
    [DataRow(@"(a)\1", false)]
    [DataRow("Attn1", false)]
    public void Identifier_IsSearchedAsARegularExpression(string pattern, bool found) =>
        Assert.AreEqual(found, IdentifierPattern.IsIn("transformer_blocks.0.attn1", pattern));

    /// <summary>Backtracking would take these for ever; searched in time linear in the name they take none.</summary>
    [TestMethod]
    [DataRow("(a+)+!")]
    [DataRow("(a|aa)+!")]
    [DataRow("(.*a){20}!")]
    public void Identifier_WithRepetitionsInRepetitions_IsSearchedAtOnce(string pattern) =>
        Assert.IsFalse(IdentifierPattern.IsIn(new string('a', 200), pattern));

    [TestMethod]
    public void Identifier_ThatHasToBacktrack_EndsAndIsNamed()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => IdentifierPattern.IsIn(new string('a', 200), "(?=a)(a+)+!"));
        Assert.Contains("(?=a)(a+)+!", error.Message);
    }
}

using System.Diagnostics;
using System.Runtime.Versioning;
using Afterimage.Video.Formats;

namespace Afterimage.Video.Tests;

/// <summary>Whatever is written is there whole, or what was there before is.</summary>
[TestClass]
public class WholeFileTests
{
    public static IEnumerable<object[]> Writers => Written.Keys.Select(name => new object[] { name });

    private static Dictionary<string, Action<string>> Written { get; } = new()
    {
        ["film.webp"] = path => Films.GradientFilm(4, 64, 64).Save(path),
        ["film.gif"] = path => Films.GradientFilm(4, 64, 64).Save(path),
        ["plan.json"] = path => Plan.Save(path),
        ["plan.png"] = path => Plan.SavePng(path),
        ["sheet.png"] = path => ContactSheet.Save(path, ["one"], [new ContactRow("row", [Films.GradientFilm(1, 64, 64)])]),
        ["text.md"] = path => WholeFile.WriteText(path, new string('x', 100_000)),
    };

    private static CachePlan Plan => CachePlan.Create(
        new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2 },
        [900, 600, 300],
        [new CacheSite("blocks.0.attn1", SiteKind.SpatialAttention)],
        GuidanceLayout.None);

    [TestMethod]
    [DynamicData(nameof(Writers))]
    public void Write_WhatIsThere_IsReplacedAndNothingElseIsLeft(string name)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder[name], "old");
        Written[name](folder[name]);
        Assert.IsGreaterThan(3, new FileInfo(folder[name]).Length);
        CollectionAssert.AreEqual(new[] { name }, folder.Entries.ToArray());
    }

    [TestMethod]
    [DynamicData(nameof(Writers))]
    public void Write_ThroughALink_ReplacesWhatItLeadsTo(string name)
    {
        using var folder = new ScratchFolder();
        using var elsewhere = new ScratchFolder();
        File.WriteAllText(elsewhere["target"], "old");
        File.CreateSymbolicLink(folder[name], elsewhere["target"]);
        Written[name](folder[name]);
        Assert.AreEqual(elsewhere["target"], new FileInfo(folder[name]).LinkTarget);
        Assert.IsGreaterThan(3, new FileInfo(elsewhere["target"]).Length);
        CollectionAssert.AreEqual(new[] { "target" }, elsewhere.Entries.ToArray());
    }

    [TestMethod]
    [DynamicData(nameof(Writers))]
    [OSCondition(OperatingSystems.Linux)]
    [UnsupportedOSPlatform("windows")]
    public void Write_PipeOrDevice_IsRefusedAtOnce(string name)
    {
        using var folder = new ScratchFolder();
        using (var make = Process.Start("mkfifo", folder[name]))
            make.WaitForExit();
        Assert.Contains("pipe or a device", Assert.ThrowsExactly<IOException>(() => Written[name](folder[name])).Message);
        File.Delete(folder[name]);
        File.CreateSymbolicLink(folder[name], "/dev/null");
        Assert.Contains("pipe or a device", Assert.ThrowsExactly<IOException>(() => Written[name](folder[name])).Message);
        Assert.HasCount(1, folder.Entries);
        Assert.IsTrue(File.Exists("/dev/null"));
    }

    [TestMethod]
    public void Write_LinkToNothing_MakesIt()
    {
        using var folder = new ScratchFolder();
        File.CreateSymbolicLink(folder["link.md"], folder["target.md"]);
        WholeFile.WriteText(folder["link.md"], "new");
        Assert.AreEqual("new", File.ReadAllText(folder["target.md"]));
    }

    [TestMethod]
    public void WriteAll_NothingWritten_Fails()
    {
        using var folder = new ScratchFolder();
        Assert.Contains("was not written", Assert.ThrowsExactly<IOException>(() => WholeFile.WriteAll(folder["x"], _ => { })).Message);
        Assert.IsEmpty(folder.Entries);
    }

    [TestMethod]
    public void Write_Throwing_LeavesWhatWasThere()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["x"], "old");
        Assert.ThrowsExactly<InvalidOperationException>(() => WholeFile.Write(folder["x"], stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }));
        CollectionAssert.AreEqual(new[] { "x" }, folder.Entries.ToArray());
        Assert.AreEqual("old", File.ReadAllText(folder["x"]));
    }
}

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class HubCacheTests
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    [TestMethod]
    [DataRow("HF_HUB_CACHE", "")]
    [DataRow("HUGGINGFACE_HUB_CACHE", "")]
    [DataRow("HF_HOME", "hub")]
    [DataRow("XDG_CACHE_HOME", "huggingface/hub")]
    [DataRow("HOME", ".cache/huggingface/hub")]
    public void FolderOf_ANameOfTheHub_IsItsSnapshot(string variable, string below)
    {
        using var folder = new ScratchFolder();
        var snapshot = Snapshot(Path.Combine(folder.Path, below));
        string? Environment(string name) => name == variable ? folder.Path : null;

        Assert.AreEqual(snapshot, HubCache.FolderOf("acme/tiny-video", null, Environment));
        Assert.AreEqual(snapshot, HubCache.FolderOf("acme/tiny-video", "main", Environment));
        Assert.AreEqual(snapshot, HubCache.FolderOf("acme/tiny-video", "refs/pr/1", Environment));
        Assert.AreEqual(snapshot, HubCache.FolderOf("acme/tiny-video", Commit, Environment));
        Assert.AreEqual(Path.Combine(snapshot, "transformer"), HubCache.FolderOf("acme/tiny-video/transformer", null, Environment));
    }

    [TestMethod]
    [DataRow("acme/other", null, "`hf download acme/other` fetches it")]
    [DataRow("acme/tiny-video", "v2", "`hf download acme/tiny-video --revision v2` fetches it")]
    [DataRow("acme/tiny-video/vae", null, "`hf download acme/tiny-video` fetches it")]
    public void FolderOf_WhatIsNotInTheCache_SaysWhatFetchesIt(string name, string? revision, string expected)
    {
        using var folder = new ScratchFolder();
        Snapshot(folder.Path);
        Assert.Contains(expected, Assert.ThrowsExactly<FileNotFoundException>(() => HubCache.FolderOf(name, revision, At(folder))).Message);
    }

    [TestMethod]
    [DataRow("../acme/tiny-video")]
    [DataRow("acme/..")]
    [DataRow("acme/tiny-video/../../secret")]
    [DataRow("acme")]
    [DataRow("/acme/tiny-video")]
    [DataRow("acme\\tiny-video")]
    public void FolderOf_WhatIsNoNameOfTheHub_IsItself(string path)
    {
        using var folder = new ScratchFolder();
        Snapshot(folder.Path);
        Assert.AreEqual(path, HubCache.FolderOf(path, null, At(folder)));
        Assert.ThrowsExactly<ArgumentException>(() => HubCache.FolderOf(path, "main", At(folder)));
    }

    [TestMethod]
    [DataRow("../../other")]
    [DataRow("/etc")]
    [DataRow("main\n")]
    public void FolderOf_ARevisionThatLeadsElsewhere_IsRefused(string revision)
    {
        using var folder = new ScratchFolder();
        Snapshot(folder.Path);
        Assert.ThrowsExactly<ArgumentException>(() => HubCache.FolderOf("acme/tiny-video", revision, At(folder)));
    }

    [TestMethod]
    public void FolderOf_ABrokenReference_NamesTheFile()
    {
        using var folder = new ScratchFolder();
        Snapshot(folder.Path);
        var main = folder["models--acme--tiny-video/refs/main"];
        File.WriteAllText(main, "../../elsewhere");
        Assert.Contains(main, Assert.ThrowsExactly<InvalidDataException>(() => HubCache.FolderOf("acme/tiny-video", null, At(folder))).Message);
    }

    /// <summary>The Hub's snapshots are links to blobs.</summary>
    [TestMethod]
    public void FolderOf_ASnapshotOfLinks_Loads()
    {
        using var folder = new ScratchFolder();
        var transformer = Directory.CreateDirectory(Path.Combine(Snapshot(folder.Path), "transformer")).FullName;
        foreach (var file in Directory.GetFiles(Recording.PathOf("cogvideox-2b-tiny", "model")))
            File.CreateSymbolicLink(Path.Combine(transformer, Path.GetFileName(file)), file);
        using var model = CogVideoXTransformer3DModel.FromPretrained(HubCache.FolderOf("acme/tiny-video/transformer", null, At(folder)));
        Assert.AreEqual(CogVideoXTransformer3DModelConfig.FromFile(Recording.PathOf("cogvideox-2b-tiny", "model", "config.json")), model.Config);
    }

    private static Func<string, string?> At(ScratchFolder folder) => name => name == "HF_HUB_CACHE" ? folder.Path : null;

    private static string Snapshot(string hub)
    {
        var repository = Path.Combine(hub, "models--acme--tiny-video");
        Directory.CreateDirectory(Path.Combine(repository, "refs", "refs", "pr"));
        File.WriteAllText(Path.Combine(repository, "refs", "main"), Commit + "\n");
        File.WriteAllText(Path.Combine(repository, "refs", "refs", "pr", "1"), Commit);
        var snapshot = Path.Combine(repository, "snapshots", Commit);
        Directory.CreateDirectory(Path.Combine(snapshot, "transformer"));
        return snapshot;
    }
}

using System.Diagnostics;
using System.Text.Json;

namespace Afterimage.Runtime.Tests.Files;

/// <summary>Files that somebody else put there are read, or refused at once in one line that names them.</summary>
[TestClass]
public sealed class LoadTests
{
    private const string Config = """{"type": "PyramidAttentionBroadcast", "config": {"spatial_attention_block_skip_range": 2}}""";

    private static readonly Dictionary<string, Action<string>> s_loads = new()
    {
        ["plan"] = path => CachePlan.Load(path),
        ["config"] = path => CacheConfigJson.Load(path),
    };

    public static IEnumerable<object[]> Loads => s_loads.Keys.Select(load => new object[] { load });

    [TestMethod]
    [DynamicData(nameof(Loads))]
    public void Load_OfWhatIsNoFile_IsRefusedAtOnce(string load) => InFolder(folder =>
    {
        Assert.Contains(folder, Assert.ThrowsExactly<InvalidDataException>(() => s_loads[load](folder)).Message);
        var missing = Path.Combine(folder, "missing.json");
        Assert.Contains(missing, Assert.ThrowsExactly<FileNotFoundException>(() => s_loads[load](missing)).Message);
        Assert.ThrowsExactly<ArgumentException>(() => s_loads[load](""));
        Assert.ThrowsExactly<ArgumentNullException>(() => s_loads[load](null!));
    });

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DynamicData(nameof(Loads))]
    public void Load_OfAPipeOrADevice_IsRefusedAndDoesNotWait(string load) => InFolder(folder =>
    {
        var (pipe, link) = (Path.Combine(folder, "pipe.json"), Path.Combine(folder, "link.json"));
        using (var made = Process.Start("mkfifo", [pipe]))
            made.WaitForExit();
        File.CreateSymbolicLink(link, pipe);
        foreach (var path in (string[])[pipe, link, "/dev/zero", "/dev/null", "/dev/full"])
        {
            var message = Assert.ThrowsExactly<InvalidDataException>(() => s_loads[load](path)).Message;
            Assert.Contains(path, message);
            Assert.Contains("pipe or device", message);
        }
    });

    [TestMethod]
    [DynamicData(nameof(Loads))]
    public void Load_OfWhatIsNoJson_NamesTheFile(string load) => InFolder(folder =>
    {
        var path = Path.Combine(folder, "x.json");
        foreach (var text in (string[])["{", "[]", "\0\0\0\0", "[[[[", "{} {}", new string('[', 10_000)])
        {
            File.WriteAllText(path, text);
            Assert.Contains(path, Assert.ThrowsExactly<JsonException>(() => s_loads[load](path), text).Message);
        }
        foreach (var bytes in (byte[][])[[], [0x7b, 0xff, 0x7d], [.. "<!doctype html>"u8], [.. "version https://git-lfs.github.com/spec/v1"u8]])
        {
            File.WriteAllBytes(path, bytes);
            Assert.Contains(path, Assert.ThrowsExactly<InvalidDataException>(() => s_loads[load](path)).Message);
        }
    });

    /// <summary>Nothing of it is read. The file has no blocks on the disk.</summary>
    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DynamicData(nameof(Loads))]
    public void Load_OfManyGigabytes_IsRefusedUnread(string load) => InFolder(folder =>
    {
        var path = Path.Combine(folder, "huge.json");
        using (var file = File.Create(path))
            file.SetLength(20L << 30);
        var message = Assert.ThrowsExactly<InvalidDataException>(() => s_loads[load](path)).Message;
        Assert.Contains(path, message);
        Assert.Contains($"{20L << 30}", message);
    });

    [TestMethod]
    public void Load_OfAConfig_ReadsIt() => InFolder(folder =>
    {
        var path = Path.Combine(folder, "cache.json");
        File.WriteAllText(path, Config);
        Assert.AreEqual(CacheConfigJson.Parse(Config), CacheConfigJson.Load(path));
        File.WriteAllText(path, "null");
        Assert.IsNull(CacheConfigJson.Load(path));
    });

    private static void InFolder(Action<string> test)
    {
        var folder = Directory.CreateTempSubdirectory("afterimage-load-");
        try
        {
            test(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}

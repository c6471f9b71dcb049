using System.Runtime.CompilerServices;

namespace Afterimage.Runtime.Tests.Numbers;

/// <summary>
/// Compares the list that builds of the library go by with the members that TorchSharp has. AFTERIMAGE_UPDATE_GOLDENS=1 writes it anew.
/// </summary>
[TestClass]
public sealed class HostTrafficMembersTests
{
    private const string Remedy = "Copies from or to the host, or waits for a device, unseen by tests; use Afterimage.HostTraffic";

    [TestMethod]
    public void List_OfMembersThatCopyOrWait_IsWhatTorchSharpHas()
    {
        var file = Path.Combine(ThisFolder(), "../../../src/BannedSymbols.HostTraffic.txt");
        var expected = string.Concat(HostTrafficMembers.Read().Select(member => $"{member};{Remedy}\n"));
        if (Environment.GetEnvironmentVariable("AFTERIMAGE_UPDATE_GOLDENS") == "1")
            File.WriteAllText(file, expected);
        Assert.AreEqual(expected, File.ReadAllText(file));
    }

    private static string ThisFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}

using System.Runtime.InteropServices;
using Afterimage.Native;

namespace Afterimage.Runtime.Tests.Native;

[TestClass]
public class TorchLoaderTests
{
    [TestMethod]
    public void Torch_FirstUse_Loads()
    {
        using var ones = TorchSharp.torch.ones(2, 3);
        using var sum = ones.sum();
        Assert.AreEqual(6f, sum.item<float>());
    }

    [TestMethod]
    public void TryMakeWeak_VersionNotAskedFor_SaysSo()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("ELF images are Linux's");
        var image = File.ReadAllBytes(Find("libLibTorchSharp.so"));
        var before = image.ToArray();
        Assert.IsFalse(ElfVersionNeeds.TryMakeWeak(image, "GLIBCXX_9.9.99"));
        Assert.IsTrue(before.AsSpan().SequenceEqual(image));
    }

    [TestMethod]
    public void TryMakeWeak_VersionAskedFor_ChangesOneFlag()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("ELF images are Linux's");
        var image = File.ReadAllBytes(Find("libLibTorchSharp.so"));
        var before = image.ToArray();
        Assert.IsTrue(ElfVersionNeeds.TryMakeWeak(image, "GLIBCXX_3.4.32"));
        var changed = Enumerable.Range(0, image.Length).Where(i => image[i] != before[i]).ToList();
        Assert.HasCount(1, changed);
        Assert.AreEqual(2, image[changed[0]]);
    }

    [TestMethod]
    public void TryMakeWeak_NotAnElfImage_SaysSo() => Assert.IsFalse(ElfVersionNeeds.TryMakeWeak(new byte[100], "GLIBCXX_3.4.32"));

    private static string Find(string file) => ((string)AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES")!)
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"))
        .Select(folder => Path.Combine(folder, file))
        .First(File.Exists);
}

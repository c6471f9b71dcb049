using System.Text;

namespace Afterimage.Cli.Tests;

[TestClass]
public sealed class PromptFileTests
{
    private string _folder = null!;

    private string File => Path.Combine(_folder, "prompts.txt");

    [TestInitialize]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("afterimage-prompts-").FullName;

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [DataRow("a cat\na dog\n")]
    [DataRow("a cat\r\na dog\r\n")]
    [DataRow("a cat\ra dog")]
    [DataRow("\ufeffa cat\n\n \t\n  a dog  ")]
    [DataRow("# a film of each\na cat\n  # not this\n#a bird\na dog")]
    public void Read_LinesOfAnyForm_AreThePrompts(string text)
    {
        System.IO.File.WriteAllText(File, text, new UTF8Encoding(false));
        CollectionAssert.AreEqual(new[] { "a cat", "a dog" }, PromptFile.Read(File).ToArray());
    }

    [TestMethod]
    public void Read_Utf16WithItsMark_IsText()
    {
        System.IO.File.WriteAllText(File, "ein Kätzchen\n", Encoding.Unicode);
        CollectionAssert.AreEqual(new[] { "ein Kätzchen" }, PromptFile.Read(File).ToArray());
    }

    [TestMethod]
    public void Read_AMarkWithinALine_IsPartOfThePrompt()
    {
        System.IO.File.WriteAllText(File, "the #1 cat");
        CollectionAssert.AreEqual(new[] { "the #1 cat" }, PromptFile.Read(File).ToArray());
    }

    [TestMethod]
    [DataRow("\n\n")]
    [DataRow("# nothing\n")]
    [DataRow("\ufeff")]
    [DataRow("")]
    public void Read_NoPrompt_IsRefused(string text)
    {
        System.IO.File.WriteAllText(File, text);
        Assert.Contains(File, Assert.ThrowsExactly<InvalidDataException>(() => PromptFile.Read(File)).Message);
    }

    [TestMethod]
    public void Read_NoFile_IsRefused() =>
        Assert.Contains("There are no prompts", Assert.ThrowsExactly<FileNotFoundException>(() => PromptFile.Read(File)).Message);

    [TestMethod]
    public void Read_NoText_IsRefused()
    {
        System.IO.File.WriteAllBytes(File, [(byte)'a', 0xFF, 0xC0]);
        Assert.Contains("UTF-8", Assert.ThrowsExactly<InvalidDataException>(() => PromptFile.Read(File)).Message);
    }
}

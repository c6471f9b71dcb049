namespace Afterimage.Cli.Tests;

[TestClass]
public class UsageTests
{
    [TestMethod]
    [DataRow("'nosuch'", "nosuch")]
    [DataRow("'verify'", "verify")]
    [DataRow("'int8'", "bench", "--dtype", "int8")]
    [DataRow("'many'", "bench", "--steps", "many")]
    [DataRow("'7.5x' for option '--guidance-scale'.", "generate", "folder", "an otter", "--guidance-scale", "7.5x")]
    public void Usage_NotACommandLine_IsOneLineOnTheErrorStream(string part, params string[] arguments)
    {
        var result = Tool.RunProcess(arguments);
        result.AssertError(2, part);
        Assert.AreEqual(result.Complaints[0], result.Errors.TrimEnd());
        Assert.AreEqual("", result.Output);
    }

    [TestMethod]
    public void Usage_NoCommand_PrintsHelp()
    {
        var result = Tool.RunProcess();
        result.AssertExit(2);
        Assert.Contains("verify", result.Output);
    }

    [TestMethod]
    [DataRow("--help")]
    [DataRow("--version")]
    [DataRow("plan", "--help")]
    public void Usage_HelpAndVersion_AreNoErrors(params string[] arguments)
    {
        var result = Tool.RunProcess(arguments);
        result.AssertExit(0);
        Assert.AreEqual("", result.Errors);
        Assert.AreNotEqual("", result.Output);
    }
}

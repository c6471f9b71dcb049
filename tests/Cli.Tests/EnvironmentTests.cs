using System.Diagnostics;

namespace Afterimage.Cli.Tests;

/// <summary>What the tool says where something that it stands on is missing.</summary>
[TestClass]
public class EnvironmentTests
{
    private static readonly string Model = Path.Combine(Tool.Goldens, "flux-tiny", "model");

    [TestMethod]
    public void Plan_WithoutLibtorch_NamesThePackages()
    {
        // The program alone: without the list of its dependencies and the folder of native libraries.
        var folder = Directory.CreateTempSubdirectory("afterimage-bare-").FullName;
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Append(Path.Combine(AppContext.BaseDirectory, "Afterimage.Cli.runtimeconfig.json")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        // TorchSharp would take libtorch from the packages of this machine.
        var environment = new Dictionary<string, string> { ["NUGET_PACKAGES"] = Path.Combine(folder, "no-packages") };
        var result = Tool.RunProgramIn(environment, Path.Combine(folder, "Afterimage.Cli"), "plan", Model, "--cache", "pab");
        result.AssertError(1, "libtorch 2.10.0 is missing", "dotnet package download libtorch-cpu-", "AFTERIMAGE_LIBTORCH");
        Assert.AreEqual("", result.Output);
        Directory.Delete(folder, recursive: true);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Plan_InTooLittleAddressSpace_IsOneLine()
    {
        var start = new ProcessStartInfo(
            "sh", ["-c", "ulimit -v 4000000; exec dotnet exec \"$@\"", "sh", Path.Combine(AppContext.BaseDirectory, "Afterimage.Cli.dll"), "plan", Model, "--cache", "pab"])
        {
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(1, process.ExitCode, errors);
        Assert.StartsWith("afterimage: This process may have an address space of 3.8 GiB", errors);
        Assert.HasCount(1, errors.TrimEnd().Split('\n'));
    }
}

using System.Diagnostics;

namespace Afterimage.Cli.Tests;

/// <summary>What the tool says where something that it stands on is missing.</summary>
[TestClass]
public class EnvironmentTests
{
    private static readonly string Model = Path.Combine(Tool.Goldens, "flux-tiny", "model");

    [TestMethod]
    public void Plan_WithoutLibtorch_NamesThePackages() =>
        AssertRefused(null, _ => { }, "libtorch 2.10.0 is missing", "dotnet package download libtorch-cpu-", "AFTERIMAGE_LIBTORCH");

    /// <summary>It would load, and then take numbers for other ones.</summary>
    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DataRow("named", 0x0207, "2.7")]
    [DataRow("named", 0x020B, "2.11")]
    [DataRow("named", 0x0201, "2.1")]
    [DataRow(null, 0x0207, "2.7")]
    public void Plan_LibtorchOfAnotherVersion_IsRefused(string? named, int version, string text) => AssertRefused(
        named,
        folder => ElfLibrary.Write(Path.Combine(folder, "libtorch_cpu.so"), "aoti_torch_abi_version", (ushort)version),
        $"libtorch_cpu.so' is of libtorch {text}, and TorchSharp ", "needs 2.10.0", "AFTERIMAGE_LIBTORCH");

    /// <summary>Nobody would ever write into it.</summary>
    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Plan_LibtorchThatIsAPipe_IsRefused() => AssertRefused(
        "named",
        folder =>
        {
            using var made = Process.Start("mkfifo", [Path.Combine(folder, "libtorch_cpu.so")]);
            made.WaitForExit();
        },
        "libtorch_cpu.so", "pipe or device");

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

    /// <summary>Runs the program alone, without the list of its dependencies and the folder of native libraries.</summary>
    /// <param name="named">The folder, in that of the program, that it is told to take libtorch from; null for none.</param>
    /// <param name="prepare">Puts libtorch into that folder, or beside the program.</param>
    /// <param name="parts">What the one line has.</param>
    private static void AssertRefused(string? named, Action<string> prepare, params string[] parts)
    {
        var folder = Directory.CreateTempSubdirectory("afterimage-bare-").FullName;
        try
        {
            foreach (var file in Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Append(Path.Combine(AppContext.BaseDirectory, "Afterimage.Cli.runtimeconfig.json")))
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            var libtorch = named is null ? folder : Directory.CreateDirectory(Path.Combine(folder, named)).FullName;
            prepare(libtorch);
            var environment = new Dictionary<string, string>
            {
                // TorchSharp would take libtorch from the packages of this machine.
                ["NUGET_PACKAGES"] = Path.Combine(folder, "no-packages"),
                ["AFTERIMAGE_LIBTORCH"] = named is null ? "" : libtorch,
            };
            var result = Tool.RunProgramIn(environment, Path.Combine(folder, "Afterimage.Cli"), "plan", Model, "--cache", "pab");
            result.AssertError(1, parts);
            Assert.AreEqual("", result.Output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;

namespace Afterimage.Packages.Tests;

/// <summary>Packs the projects and builds one that knows nothing but the packages.</summary>
[TestClass]
public class PackagesTests
{
    // A version of its own, because NuGet keeps what it has once unpacked under a version.
    private static readonly string Version = $"0.1.0-test.{DateTime.UtcNow:yyyyMMddHHmmss}";

    private static readonly string Root = typeof(PackagesTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "RepositoryRoot").Value!;

    private static DirectoryInfo s_folder = null!;

    private static string Feed => Path.Combine(s_folder.FullName, "feed");

    [ClassInitialize]
    public static void Pack(TestContext context)
    {
        s_folder = Directory.CreateTempSubdirectory("afterimage-packages-");
        foreach (var project in new[] { "Runtime", "Models", "Video", "Cli" })
        {
            // Built aside: other test projects are running from links to what the repository's own folders hold.
            var artifacts = Path.Combine(s_folder.FullName, "artifacts");
            Dotnet(Root, "pack", $"src/{project}", "-c", "Release", "-o", Feed, "--artifacts-path", artifacts, $"-p:Version={Version}");
        }
    }

    [ClassCleanup]
    public static void CleanUp()
    {
        s_folder.Delete(recursive: true);
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        foreach (var package in new[] { "afterimage.runtime", "afterimage.models" })
        {
            var unpacked = Path.Combine(cache, package, Version);
            if (Directory.Exists(unpacked))
                Directory.Delete(unpacked, recursive: true);
        }
    }

    [TestMethod]
    public void Runtime_Package_HoldsTheGeneratorAndTheTorchLoader()
    {
        using var package = ZipFile.OpenRead(Path.Combine(Feed, $"Afterimage.Runtime.{Version}.nupkg"));
        var entries = package.Entries.Select(entry => entry.FullName).ToList();
        Assert.Contains("analyzers/dotnet/cs/Afterimage.Generators.dll", entries);
        Assert.Contains("buildTransitive/Afterimage.Runtime.targets", entries);
        Assert.Contains("buildTransitive/TorchLoaderInitializer.cs", entries);
        Assert.Contains("lib/net10.0/Afterimage.Runtime.xml", entries);
    }

    [TestMethod]
    public void Video_Package_NeedsTheRuntimeAndCarriesItsFontsLicense()
    {
        using var package = ZipFile.OpenRead(Path.Combine(Feed, $"Afterimage.Video.{Version}.nupkg"));
        Assert.Contains("licenses/Roboto-LICENSE.txt", package.Entries.Select(entry => entry.FullName));
        using var specification = new StreamReader(package.GetEntry("Afterimage.Video.nuspec")!.Open());
        Assert.Contains($"id=\"Afterimage.Runtime\" version=\"{Version}\"", specification.ReadToEnd());
    }

    [TestMethod]
    public void Cli_Package_IsATool()
    {
        using var package = ZipFile.OpenRead(Path.Combine(Feed, $"Afterimage.Cli.{Version}.nupkg"));
        Assert.IsTrue(package.Entries.Any(entry => entry.Name == "DotnetToolSettings.xml"));
    }

    [TestMethod]
    public void Consumer_OfPackagesAlone_RunsCached()
    {
        var consumer = s_folder.CreateSubdirectory("consumer").FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Consumer")))
            File.Copy(file, Path.Combine(consumer, Path.GetFileName(file).Replace(".csproj.txt", ".csproj", StringComparison.Ordinal)));
        // Added to the sources that the machine is set up with.
        File.WriteAllText(
            Path.Combine(consumer, "nuget.config"),
            $"<configuration><packageSources><add key=\"packed\" value=\"{Feed}\" /></packageSources></configuration>");

        var output = Dotnet(consumer, "run", "-c", "Release", $"-p:AfterimageVersion={Version}");
        Assert.Contains("3 of 6 computed, 3 planned, norm ran 3 times", output);
        Assert.Contains("True", output);
    }

    private static string Dotnet(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What the test host was started with must not steer the build.
        foreach (var variable in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(variable);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, $"dotnet {string.Join(' ', arguments)}\n{output}\n{errors.Result}");
        return output;
    }
}

using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Afterimage.Packages.Tests;

/// <summary>Packs the projects and builds one that knows nothing but the packages.</summary>
[TestClass]
public class PackagesTests
{
    // A version of its own, because NuGet keeps what it has once unpacked under a version.
    private static readonly string Version = $"0.1.0-test.{DateTime.UtcNow:yyyyMMddHHmmss}";

    private static readonly string Root = typeof(PackagesTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "RepositoryRoot").Value!;

    private static readonly string ThisSystem = (OperatingSystem.IsWindows() ? "win-" : OperatingSystem.IsMacOS() ? "osx-" : "linux-")
        + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    private static DirectoryInfo s_folder = null!;

    private static string Cache => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static string Tools => Path.Combine(s_folder.FullName, "tools");

    private static string Feed => Path.Combine(s_folder.FullName, "feed");

    [ClassInitialize]
    public static void Pack(TestContext context)
    {
        s_folder = Directory.CreateTempSubdirectory("afterimage-packages-");
        foreach (var project in new[] { "Runtime", "Models", "Video", "Tuning", "Parallel", "Server", "Cli" })
        {
            // Built aside: other test projects are running from links to what the repository's own folders hold.
            var artifacts = Path.Combine(s_folder.FullName, "artifacts");
            // Of the tool, what is for this system.
            Dotnet(Root, "pack", $"src/{project}", "-c", "Release", "-o", Feed, "--artifacts-path", artifacts, $"-p:Version={Version}", $"-p:ToolPackageRuntimeIdentifiers={ThisSystem}");
        }
    }

    [ClassCleanup]
    public static void CleanUp()
    {
        s_folder.Delete(recursive: true);
        foreach (var package in new[] { "afterimage.runtime", "afterimage.models" })
        {
            var unpacked = Path.Combine(Cache, package, Version);
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
        Assert.Contains("analyzers/dotnet/cs/Afterimage.CodeFixes.dll", entries);
        Assert.Contains("buildTransitive/Afterimage.Runtime.targets", entries);
        Assert.Contains("buildTransitive/TorchLoaderInitializer.cs", entries);
        Assert.Contains("lib/net10.0/Afterimage.Runtime.xml", entries);
        Assert.Contains("docs/diagnostics/README.md", entries);
        using var specification = new StreamReader(package.GetEntry("Afterimage.Runtime.nuspec")!.Open());
        // A model's author draws nothing. TorchSharp names SkiaSharp, whose native half is for who does.
        Assert.DoesNotContain("SkiaSharp.NativeAssets", specification.ReadToEnd());
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
    public void Parallel_Package_NeedsTheRuntimeAndMpi()
    {
        using var package = ZipFile.OpenRead(Path.Combine(Feed, $"Afterimage.Parallel.{Version}.nupkg"));
        Assert.Contains("lib/net10.0/Afterimage.Parallel.xml", package.Entries.Select(entry => entry.FullName));
        using var reader = new StreamReader(package.GetEntry("Afterimage.Parallel.nuspec")!.Open());
        var specification = reader.ReadToEnd();
        Assert.Contains($"id=\"Afterimage.Runtime\" version=\"{Version}\"", specification);
        Assert.Contains("id=\"MPI.NET\"", specification);
    }

    [TestMethod]
    public void Cli_Packages_AreAToolAndItsFilesForThisSystem()
    {
        using var tool = ZipFile.OpenRead(Path.Combine(Feed, $"Afterimage.Cli.{Version}.nupkg"));
        Assert.IsTrue(tool.Entries.Any(entry => entry.Name == "DotnetToolSettings.xml"));
        using var files = ZipFile.OpenRead(Path.Combine(Feed, $"Afterimage.Cli.{ThisSystem}.{Version}.nupkg"));
        Assert.IsEmpty(files.Entries.Where(entry =>
            Path.GetExtension(entry.Name) is ".pdb" or ".xml" && entry.Name != "DotnetToolSettings.xml" && entry.Name != "[Content_Types].xml"
            || entry.Name.Contains("torch_cpu", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Tool_Installed_IsSmallAndFindsLibTorch()
    {
        Install();
        var size = new DirectoryInfo(Tools).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        Console.WriteLine($"The tool's folder has {size / 1e6:F1} MB.");
        Assert.IsLessThan(60_000_000, size);

        // No packages, no libtorch: what needs it says so in a line, and what does not works.
        var empty = s_folder.CreateSubdirectory("no-packages").FullName;
        Assert.Contains("generate", Tool(0, empty, null, "--help").Output);
        Assert.Contains(Version, Tool(0, empty, null, "--version").Output);
        var model = Path.Combine(Root, "tests", "Goldens", "cogvideox-5b-tiny", "model");
        var missing = Tool(1, empty, null, "plan", model, "--cache", "pab").Errors;
        StringAssert.Matches(missing, new Regex($"^afterimage: libtorch [^\\n]* is missing[^\\n]*dotnet package download libtorch-cpu-{ThisSystem}@[^\\n]*\n$"));

        Assert.Contains("saved", Tool(0, Cache, null, "plan", model, "--cache", "pab").Output);
        var film = Path.Combine(s_folder.FullName, "film.webp");
        Tool(0, Cache, null, "generate", Path.Combine(Root, "samples", "TextToVideo", "moving-shapes"), "a red circle", "--dtype", "float32", "--steps", "1", "--out", film);
        Assert.IsTrue(File.Exists(film));
        // Running it leaves nothing in its folder.
        Assert.AreEqual(size, new DirectoryInfo(Tools).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length));
    }

    [TestMethod]
    [DataRow("", "there is no ")]
    [DataRow("not a library", "does not load")]
    public void Tool_LibTorchNamedThatIsNone_SaysSo(string content, string part)
    {
        Install();
        var folder = s_folder.CreateSubdirectory($"libtorch-{content.Length}").FullName;
        if (content.Length > 0)
            File.WriteAllText(Path.Combine(folder, OperatingSystem.IsWindows() ? "torch_cpu.dll" : OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so"), content);
        var errors = Tool(1, Cache, folder, "kernels", "--list").Errors;
        Assert.Contains(part, errors);
        Assert.Contains(folder, errors);
        Assert.AreEqual(1, errors.Count(character => character == '\n'), errors);
    }

    /// <summary>Of every rule, since a build triggers few of them: the page that its link is made of, in the folder that the package names.</summary>
    [TestMethod]
    public void Rules_OfAConsumer_HaveTheirPagesInThePackage()
    {
        var consumer = Consumer("pages");
        Dotnet(consumer, "restore", $"-p:AfterimageVersion={Version}");
        var folder = Dotnet(consumer, "msbuild", "-getProperty:AfterimageRulePages", $"-p:AfterimageVersion={Version}").Trim();
        StringAssert.StartsWith(Path.GetFullPath(folder), Path.GetFullPath(Path.Combine(Cache, "afterimage.runtime", Version)));
        Assert.EndsWith($"{Path.DirectorySeparatorChar}", folder);

        var ids = Regex.Matches(File.ReadAllText(Path.Combine(Root, "src", "Generators", "Diagnostics", "Rules.cs")), "\"(AFTER[0-9]+)\", \"").Select(match => match.Groups[1].Value).ToList();
        Assert.IsGreaterThan(30, ids.Count);
        Assert.Contains("AFTER029", ids);
        foreach (var id in ids)
        {
            var link = new Uri($"{folder}{id}.md");
            Assert.IsTrue(link.IsFile);
            StringAssert.StartsWith(File.ReadAllText(link.LocalPath), $"# {id}: ");
        }
        Assert.AreSequenceEqual(ids.Order(), Directory.GetFiles(folder, "AFTER*.md").Select(page => Path.GetFileNameWithoutExtension(page)).Order());
    }

    [TestMethod]
    public void Diagnostic_OfAConsumer_LinksToItsPageInThePackage()
    {
        var consumer = Consumer("linked");
        File.WriteAllText(Path.Combine(consumer, "Program.cs"), """
            using Afterimage;
            using static TorchSharp.torch;
            using static TorchSharp.torch.nn;

            [SpatialAttention(nameof(attn))]
            internal sealed partial class Block() : Module<Tensor, Tensor>("block")
            {
                private readonly TorchSharp.Modules.Linear attn = Linear(2, 2);

                public override partial Tensor forward(Tensor x);

                [CachedForward]
                private Tensor Compute(Tensor x)
                {
                    var y = attn.forward(x);
                    Say();
                    return y.Times(x);
                }

                private static void Say([System.Runtime.CompilerServices.CallerMemberName] string caller = "") => Console.WriteLine(caller);

                public static void Main() { }
            }
            """);
        var output = Dotnet(consumer, "build", "-c", "Release", $"-p:AfterimageVersion={Version}");
        var link = Regex.Match(output, @"warning AFTER029: .*\((file:[^)]*AFTER029\.md)\)");
        Assert.IsTrue(link.Success, output);
        StringAssert.StartsWith(File.ReadAllText(new Uri(link.Groups[1].Value).LocalPath), "# AFTER029: ");
    }

    [TestMethod]
    public void Consumer_OfPackagesAlone_RunsCached()
    {
        var consumer = Consumer("consumer");
        var output = Dotnet(consumer, "run", "-c", "Release", $"-p:AfterimageVersion={Version}");
        Assert.Contains("3 of 6 computed, 3 planned, norm ran 3 times", output);
        Assert.Contains("True", output);
    }

    // A copy of the project under Consumer, with our packages added to the sources that the machine is set up with.
    private static string Consumer(string name)
    {
        var consumer = s_folder.CreateSubdirectory(name).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Consumer")))
            File.Copy(file, Path.Combine(consumer, Path.GetFileName(file).Replace(".csproj.txt", ".csproj", StringComparison.Ordinal)));
        File.WriteAllText(
            Path.Combine(consumer, "nuget.config"),
            $"<configuration><packageSources><add key=\"packed\" value=\"{Feed}\" /></packageSources></configuration>");
        return consumer;
    }

    private static void Install()
    {
        if (!Directory.Exists(Tools))
            Dotnet(s_folder.FullName, "tool", "install", "Afterimage.Cli", "--tool-path", Tools, "--source", Feed, "--version", Version);
    }

    private static string Dotnet(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder };
        // What the test host was started with must not steer the build.
        foreach (var variable in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(variable);
        return End(start, 0).Output;
    }

    /// <summary>Runs the installed tool with another folder of NuGet's packages, and a folder that it is told to take libtorch from.</summary>
    private static (string Output, string Errors) Tool(int exitCode, string packages, string? libtorch, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Tools, "afterimage"), arguments);
        start.Environment["NUGET_PACKAGES"] = packages;
        start.Environment["AFTERIMAGE_LIBTORCH"] = libtorch;
        return End(start, exitCode);
    }

    private static (string Output, string Errors) End(ProcessStartInfo start, int exitCode)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(exitCode, process.ExitCode, $"{start.FileName} {string.Join(' ', start.ArgumentList)}\n{output}\n{errors.Result}");
        return (output, errors.Result);
    }
}

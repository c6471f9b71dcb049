using System.CommandLine;
using Afterimage.Cli.Bench;
using Afterimage.Cli.Generate;
using Afterimage.Cli.Kernels;
using Afterimage.Cli.Planning;
using Afterimage.Cli.Quality;
using Afterimage.Cli.Serve;
using Afterimage.Cli.Tuning;
using Afterimage.Cli.Verify;

namespace Afterimage.Cli.Tests.Documents;

/// <summary>The command lines on the pages are ones that the program knows.</summary>
[TestClass]
public sealed class CommandLineTests
{
    private static readonly string[] s_beginnings = ["afterimage ", "dotnet run -c Release --project src/Cli -- "];

    public static IEnumerable<object[]> Lines =>
        from page in Pages.All
        from block in Snippet.Of(page, "").Concat(Snippet.Of(page, "bash"))
        from line in block.Lines
        let beginning = s_beginnings.FirstOrDefault(beginning => line.Contains(beginning, StringComparison.Ordinal))
        where beginning is not null
        select new object[] { page, line[(line.IndexOf(beginning, StringComparison.Ordinal) + beginning.Length)..] };

    [TestMethod]
    [DynamicData(nameof(Lines))]
    public void Line_OfAPage_IsParsed(string page, string line)
    {
        var root = new RootCommand { VerifyCommand.Create(), PlanCommand.Create(), BenchCommand.Create(), GenerateCommand.Create(), QualityCommand.Create(), CalibrateCommand.Create(), TuneCommand.Create(), ServeCommand.Create(), KernelsCommand.Create() };
        var errors = root.Parse(line.Split("  #")[0]).Errors;
        Assert.IsEmpty(errors, $"{page}: {line}: {string.Join(' ', errors)}");
    }
}

using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Afterimage.Cli.Tests.Documents;

/// <summary>The code on the pages compiles against what is built.</summary>
[TestClass]
public sealed class SnippetTests
{
    private static readonly MetadataReference[] s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name
                && (name.StartsWith("System.", StringComparison.Ordinal) || name is "TorchSharp.dll" or "netstandard.dll"
                    or "Afterimage.Runtime.dll" or "Afterimage.Models.dll" or "Afterimage.Video.dll" or "Afterimage.Tuning.dll" or "Afterimage.Parallel.dll"))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public static IEnumerable<object[]> Snippets => Snippet.All.Index().Select(one => new object[] { one.Index, $"{one.Item.Page}:{one.Item.Line}" });

    [TestMethod]
    [DynamicData(nameof(Snippets))]
    public void Snippet_OfAPage_IsCode(int index, string place)
    {
        var snippet = Snippet.All[index];
        if (snippet.Context.StartsWith("in ", StringComparison.Ordinal))
            AssertLinesOf(snippet, File.ReadAllLines(Pages.PathOf(snippet.Context[3..])), place);
        else
            AssertCompiles(snippet, place);
    }

    [TestMethod]
    public void Snippets_AreFound() => Assert.IsGreaterThan(8, Snippet.All.Count);

    private static void AssertCompiles(Snippet snippet, string place)
    {
        Assert.IsTrue(snippet.Context.Length == 0 || snippet.Context.StartsWith("with ", StringComparison.Ordinal), $"{place}: a snippet is 'with …' or 'in …'.");
        var isImport = (string line) => line.StartsWith("using ", StringComparison.Ordinal) && !line.Contains('=', StringComparison.Ordinal);
        var code = $$"""
            global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading;
            using Afterimage; using Afterimage.Models; using Afterimage.Video; using TorchSharp; using static TorchSharp.torch;
            {{string.Join('\n', snippet.Lines.Where(isImport))}}
            internal static class Page
            {
                public static void Code({{(snippet.Context.Length == 0 ? "" : snippet.Context[5..])}})
                {
                    {{string.Join('\n', snippet.Lines.Where(line => !isImport(line)))}}
                }
            }
            """;
        var errors = CSharpCompilation.Create(
                "Page",
                [CSharpSyntaxTree.ParseText(code, new CSharpParseOptions(LanguageVersion.CSharp14))],
                s_references,
                new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable))
            .GetDiagnostics().Where(found => found.Severity == DiagnosticSeverity.Error);
        Assert.IsEmpty(errors, $"{place}:\n{string.Join('\n', errors)}\n{code}");
    }

    /// <summary>Lines of a file, in their order; "..." stands for what is left out, and comments are the page's own.</summary>
    private static void AssertLinesOf(Snippet snippet, string[] file, string place)
    {
        var at = 0;
        foreach (var line in snippet.Lines.Select(Code).Where(line => line is not ("" or "...")))
        {
            at = Array.FindIndex(file, at, candidate => Code(candidate) == line) + 1;
            Assert.AreNotEqual(0, at, $"{place}: '{line}' is not in {snippet.Context[3..]}, or not after what stands above it.");
        }

        static string Code(string line) => line.Split(" //")[0].Trim();
    }
}

using System.Collections.Immutable;
using System.Reflection;
using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Afterimage.Generators.Tests;

/// <summary>What the build of src/ and samples/ refuses: every way to write an operation that makes a Scalar inside TorchSharp.</summary>
[TestClass]
public sealed class BannedScalarTests
{
    private static readonly AnalyzerFileReference s_analyzers = new(
        Path.Combine(AppContext.BaseDirectory, "BannedApiAnalyzers", "Microsoft.CodeAnalysis.CSharp.BannedApiAnalyzers.dll"), new Loader());

    [TestMethod]
    [DataRow("return 1 - t;", DisplayName = "number on the left")]
    [DataRow("return t * 2;", DisplayName = "number on the right")]
    [DataRow("return t + t;", DisplayName = "two tensors")]
    [DataRow("return t.clamp(0, 1);", DisplayName = "conversions of arguments")]
    [DataRow("return t > 0;", DisplayName = "conversion of an operand")]
    [DataRow("return full(t.shape, 2.0);", DisplayName = "conversion in a factory")]
    [DataRow("return arange(5);", DisplayName = "factory")]
    [DataRow("return t.add_(t);", DisplayName = "in place")]
    [DataRow("return t?.add(t)!;", DisplayName = "conditional call")]
    [DataRow("return t.square();", DisplayName = "inside the callee")]
    [DataRow("System.Func<Tensor, Tensor> add = t.add; return add(t);", DisplayName = "method group")]
    [DataRow("System.Func<Tensor, Tensor> f = x => x + 1; return f(t);", DisplayName = "lambda")]
    [DataRow("Tensor Inner() => t / 3; return Inner();", DisplayName = "local function")]
    [DataRow("return t.ToSingle() > 0 ? t : t;", DisplayName = "reading")]
    [DataRow("return (float)t > 0 ? t : t;", DisplayName = "reading by a cast")]
    [DataRow("Scalar number = 2; return t.mul(number);", DisplayName = "conversion to a local")]
    [DataRow("return nn.Mish().call(t);", DisplayName = "module called through its base")]
    [DataRow("return nn.functional.softplus(t);", DisplayName = "functional")]
    public void Build_OfWhatMakesAScalar_Fails(string body) => Assert.IsNotEmpty(Banned(body), body);

    [TestMethod]
    [DataRow("return t.Plus(t).Times(2).Minus(1);")]
    [DataRow("return 1.Minus(t);")]
    [DataRow("return t - t * t / t;")]
    [DataRow("using var number = 2.ToScalar(); return t.mul(number);")]
    [DataRow("return nn.Linear(3, 3).call(t);")]
    [DataRow("return t.sum().item<float>() > 0 ? t : t;")]
    public void Build_OfWhatHoldsItsNumbers_Passes(string body) => Assert.IsEmpty(Banned(body), body);

    [TestMethod]
    [DataRow("t += t; return t;", 1)]
    [DataRow("t *= 0.5; return t;", 1)]
    [DataRow("t -= 1; t /= 2; return t;", 2)]
    [DataRow("t *= t; var n = 1; n += 2; return t;", 0)]
    public void CompoundAssignments_ThatMakeAScalar_AreFound(string body, int count) =>
        Assert.HasCount(count, CompoundAssignments(Compilations.Of(("Code.cs", Code(body)))));

    private static string Root => Path.GetFullPath(Path.Combine(Compilations.ModelsFolder, "..", ".."));

    /// <summary>Every project but the generators, which no tensor enters.</summary>
    private static IEnumerable<object[]> Projects =>
        from kind in (string[])["src", "samples", "tests"]
        from project in Directory.GetFiles(Path.Combine(Root, kind), "*.csproj", SearchOption.AllDirectories)
        let folder = Path.GetRelativePath(Root, Path.GetDirectoryName(project)!).Replace(Path.DirectorySeparatorChar, '/')
        where folder != "src/Generators" && folder.Count(character => character == '/') == 1
        orderby folder
        select (object[])[folder];

    // The analyzer does not look at compound assignments.
    [TestMethod]
    [DynamicData(nameof(Projects))]
    public void Sources_HaveNoCompoundAssignmentThatMakesAScalar(string folder)
    {
        var root = Path.Combine(Root, folder);
        (string, string)[] files = [.. Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(path => Path.GetRelativePath(root, path).Split(Path.DirectorySeparatorChar)[0] is not ("obj" or "bin"))
            .Select(path => (path, File.ReadAllText(path)))];
        Assert.IsNotEmpty(files);
        var found = CompoundAssignments(Compilations.Of([.. files, ("Usings.cs", Compilations.ImplicitUsings)]));
        Assert.IsEmpty(found, string.Join("\n", found.Select(assignment => $"{assignment.GetLocation()}: {assignment}")));
    }

    private static List<AssignmentExpressionSyntax> CompoundAssignments(CSharpCompilation compilation)
    {
        var banned = File.ReadLines(ListPath).Select(line => line.Split(';')[0]).ToHashSet(StringComparer.Ordinal);
        return [.. compilation.SyntaxTrees.SelectMany(tree => tree.GetRoot().DescendantNodes()
            .OfType<AssignmentExpressionSyntax>()
            .Where(assignment => !assignment.IsKind(SyntaxKind.SimpleAssignmentExpression) && compilation.GetSemanticModel(tree).GetSymbolInfo(assignment).Symbol is IMethodSymbol method
                && banned.Contains(method.GetDocumentationCommentId()!)))];
    }

    private static string ListPath => Path.Combine(AppContext.BaseDirectory, "BannedSymbols.Scalars.txt");

    private static string Code(string body) => $$"""
        using Afterimage;
        using TorchSharp;
        using static TorchSharp.torch;
        internal static class Code
        {
            public static Tensor Run(Tensor t) { {{body}} }
        }
        """;

    private static ImmutableArray<Diagnostic> Banned(string body)
    {
        var compilation = Compilations.Of(("Code.cs", Code(body)));
        Assert.IsEmpty(compilation.GetDiagnostics().Where(found => found.Severity == DiagnosticSeverity.Error), string.Join("\n", compilation.GetDiagnostics()));
        var options = new AnalyzerOptions([new ListFile(ListPath)]);
        var all = compilation.WithAnalyzers(s_analyzers.GetAnalyzers(LanguageNames.CSharp), options).GetAnalyzerDiagnosticsAsync().GetAwaiter().GetResult();
        Assert.IsEmpty(all.Where(found => found.Id == "AD0001"), string.Join("\n", all));
        return [.. all.Where(found => found.Id == "RS0030")];
    }

    private sealed class ListFile(string path) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(File.ReadAllText(path));
    }

    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
        }

        public Assembly LoadFromPath(string fullPath) => Assembly.LoadFrom(fullPath);
    }
}

using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Afterimage.Generators.Tests.Driving;

/// <summary>Compilations of test code against everything this test program runs with.</summary>
internal static class Compilations
{
    public static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.CSharp14);

    /// <summary>What a project with ImplicitUsings has in front of its files.</summary>
    public const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading;";

    private static readonly MetadataReference[] s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name
                && (name.StartsWith("System.", StringComparison.Ordinal) || name is "TorchSharp.dll" or "Afterimage.Runtime.dll" or "Afterimage.Video.dll" or "netstandard.dll"))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>Compiles files, given as path and text.</summary>
    public static CSharpCompilation Of(params (string Path, string Text)[] files) => Of(ParseOptions, files);

    /// <inheritdoc cref="Of(ValueTuple{string, string}[])"/>
    public static CSharpCompilation Of(CSharpParseOptions options, params (string Path, string Text)[] files) =>
        Of(files.Select(file => CSharpSyntaxTree.ParseText(file.Text, options, file.Path, System.Text.Encoding.UTF8)));

    /// <summary>Compiles parsed files.</summary>
    public static CSharpCompilation Of(IEnumerable<SyntaxTree> files) => CSharpCompilation.Create(
        "Sample",
        files,
        s_references,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    /// <summary>The compilation after an edit of one file, as an editor makes it: all other trees are the same objects.</summary>
    public static CSharpCompilation Edit(CSharpCompilation compilation, string path, string from, string to)
    {
        var tree = compilation.SyntaxTrees.Single(candidate => candidate.FilePath == path);
        Assert.Contains(from, tree.ToString());
        var edited = tree.WithChangedText(SourceText.From(tree.ToString().Replace(from, to, StringComparison.Ordinal), System.Text.Encoding.UTF8));
        return compilation.ReplaceSyntaxTree(tree, edited);
    }

    /// <summary>The same compilation of trees that nobody has seen before.</summary>
    public static CSharpCompilation Anew(CSharpCompilation compilation) => compilation.RemoveAllSyntaxTrees().AddSyntaxTrees(
        compilation.SyntaxTrees.Select(tree => CSharpSyntaxTree.ParseText(tree.ToString(), (CSharpParseOptions)tree.Options, tree.FilePath, System.Text.Encoding.UTF8)));

    /// <summary>The sources of src/Models.</summary>
    public static string ModelsFolder { get; } = Path.GetFullPath(Path.Combine(ProjectFolder(), "..", "..", "src", "Models"));

    /// <summary>The folder of this project's sources.</summary>
    public static string ProjectFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(Path.GetDirectoryName(path))!;
}

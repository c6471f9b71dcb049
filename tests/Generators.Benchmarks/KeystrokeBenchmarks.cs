using BenchmarkDotNet.Attributes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Afterimage.Generators.Benchmarks;

/// <summary>What the generator costs per keystroke in a project of many blocks.</summary>
[MemoryDiagnoser]
public class KeystrokeBenchmarks
{
    private GeneratorDriver _driver = null!;
    private CSharpCompilation _before = null!;
    private Func<CSharpCompilation> _unrelatedEdit = null!;
    private Func<CSharpCompilation> _unrelatedBodyEdit = null!;
    private Func<CSharpCompilation> _bodyEdit = null!;

    /// <summary>How many blocks the project has, one per file.</summary>
    [Params(10, 100)]
    public int Blocks { get; set; }

    /// <summary>Compiles the project and runs the generator once.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _before = BlockProject.Create(Blocks);
        _driver = CSharpGeneratorDriver
            .Create([new CachedForwardGenerator().AsSourceGenerator()], parseOptions: BlockProject.ParseOptions)
            .RunGenerators(_before);
        if (_driver.GetRunResult().GeneratedTrees.Length != Blocks)
            throw new InvalidOperationException("Not every block was understood.");
        _unrelatedEdit = Edit("Other.cs", "Number = 1", "Number = 2");
        _unrelatedBodyEdit = Edit("Other.cs", "x * 2", "x * 3");
        _bodyEdit = Edit("Block0.cs", "hidden + gate", "hidden - gate");
    }

    /// <summary>The generator's first run, when a project is opened: its files are parsed too, since what was read of a tree is kept with it.</summary>
    [Benchmark]
    public GeneratorDriver FirstRun() => CSharpGeneratorDriver
        .Create([new CachedForwardGenerator().AsSourceGenerator()], parseOptions: BlockProject.ParseOptions)
        .RunGenerators(_before.RemoveAllSyntaxTrees().AddSyntaxTrees(_before.SyntaxTrees.Select(Parsed)));

    /// <summary>A keystroke in a constant, in a file without blocks.</summary>
    [Benchmark]
    public GeneratorDriver UnrelatedEdit() => _driver.RunGenerators(_unrelatedEdit());

    /// <summary>A keystroke in a body, in a file without blocks.</summary>
    [Benchmark]
    public GeneratorDriver UnrelatedBodyEdit() => _driver.RunGenerators(_unrelatedBodyEdit());

    /// <summary>A keystroke in one block's body.</summary>
    [Benchmark]
    public GeneratorDriver BodyEdit() => _driver.RunGenerators(_bodyEdit());

    private static SyntaxTree Parsed(SyntaxTree tree) => CSharpSyntaxTree.ParseText(tree.GetText(), BlockProject.ParseOptions, tree.FilePath);

    // A new compilation each time, so that nothing bound in the last run is at hand.
    private Func<CSharpCompilation> Edit(string path, string from, string to)
    {
        var tree = _before.SyntaxTrees.Single(candidate => candidate.FilePath == path);
        var text = SourceText.From(tree.ToString().Replace(from, to, StringComparison.Ordinal), System.Text.Encoding.UTF8);
        return () => _before.ReplaceSyntaxTree(tree, tree.WithChangedText(text));
    }
}

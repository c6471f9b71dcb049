using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Tests;

/// <summary>The generator on the sources of src/Models themselves.</summary>
[TestClass]
public sealed class OwnModelsTests
{
    private static readonly string[] s_sites = ["SpatialAttention", "TemporalAttention", "CrossAttention", "FeedForward", "BlockStack", "OutputProjection"];

    /// <summary>Every site of every class, and what a variant of the models that skips their stacks, or their output, must not run.</summary>
    private static readonly Dictionary<string, (string[] Sites, string[] OnlyStacks, string[] OnlyOutput)> s_expected = new()
    {
        ["CogVideoXBlock"] = (["attn1", "ff"], [], []),
        ["FluxTransformerBlock"] = (["attn", "ff", "ff_context"], [], []),
        ["FluxSingleTransformerBlock"] = (["attn"], [], []),
        ["LatteSpatialBlock"] = (["attn1", "attn2", "ff"], [], []),
        ["LatteTemporalBlock"] = (["attn1", "ff"], [], []),
        ["WanTransformerBlock"] = (["attn1", "attn2", "ffn"], [], []),
        ["CogVideoXTransformer3DModel"] = (["transformer_blocks", "proj_out"], ["foreach"], ["foreach", "patch_embed", "EmbedTime", "norm_final", "norm_out"]),
        ["FluxTransformer2DModel"] = (
            ["transformer_blocks", "single_transformer_blocks", "proj_out"], ["foreach", "pos_embed"],
            ["foreach", "pos_embed", "time_text_embed", "x_embedder", "context_embedder", "cat", "norm_out"]),
        ["LatteTransformer3DModel"] = (
            ["transformer_blocks", "proj_out"], ["for (", "caption_projection", "mask", "repeat_interleave(positions", "temp_pos_embed"],
            ["for (", "pos_embed", "adaln_single", "caption_projection", "scale_shift_table", "norm_out"]),
        ["WanTransformer3DModel"] = (
            ["blocks", "proj_out"], ["foreach", "rope"], ["foreach", "rope", "patch_embedding", "condition_embedder", "scale_shift_table", "norm_out"]),
    };

    private static readonly (string Path, string Text)[] s_sources =
    [
        .. Directory.GetFiles(Compilations.ModelsFolder, "*.cs", SearchOption.AllDirectories)
            .Where(path => !Path.GetRelativePath(Compilations.ModelsFolder, path).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .Select(path => (path, File.ReadAllText(path))),
    ];

    [TestMethod]
    public void OwnModels_HaveNoBranchesOfTheGenerator()
    {
        var authors = s_sources.SelectMany(source => Branches.In(source.Text)).ToHashSet();
        foreach (var (name, text) in Generate(s_sources).Files)
            Assert.IsEmpty(Branches.In(text).Where(branch => !authors.Contains(branch)), name);
    }

    [TestMethod]
    public void OwnModels_AreAllCached()
    {
        var (blocks, models) = Annotated();
        Assert.IsGreaterThanOrEqualTo(6, blocks.Count);
        Assert.IsGreaterThanOrEqualTo(4, models.Count);
        Assert.IsEmpty(NotCached(Generate(s_sources)));
    }

    [TestMethod]
    public void OwnBlock_ThatIsRefused_IsNoticed()
    {
        const string Block = "WanTransformerBlock";
        var broken = s_sources.Select(source => (source.Path, Path.GetFileNameWithoutExtension(source.Path) == Block
            ? Broken(source.Text)
            : source.Text)).ToArray();
        Assert.AreSequenceEqual([Block], NotCached(Generate(broken)));

        // A label, which no body may have.
        static string Broken(string text)
        {
            var method = CSharpSyntaxTree.ParseText(text, Compilations.ParseOptions).GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>()
                .Single(method => method.AttributeLists.ToString().Contains("CachedForward", StringComparison.Ordinal));
            return text.Insert(method.Body!.OpenBraceToken.Span.End, " refused: ; ");
        }
    }

    [TestMethod]
    public void OwnModels_HaveAllTheirSites()
    {
        foreach (var (name, root) in Emitted())
        {
            var sites = root.DescendantNodes().OfType<VariableDeclaratorSyntax>().Single(field => field.Identifier.ValueText == "s_sites")
                .DescendantNodes().OfType<LiteralExpressionSyntax>().Where(literal => literal.IsKind(SyntaxKind.StringLiteralExpression));
            Assert.AreSequenceEqual(s_expected[name].Sites, sites.Select(site => site.Token.ValueText), name);
        }
    }

    [TestMethod]
    public void OwnModels_WithoutStacksOrOutput_RunNothingForThem()
    {
        var found = 0;
        foreach (var (name, root) in Emitted().Where(each => s_expected[each.Name].OnlyStacks.Length > 0))
        {
            var methods = root.DescendantNodes().OfType<MethodDeclarationSyntax>().Where(method => method.Body is not null)
                .ToLookup(method => method.Identifier.ValueText, method => method.Body!);
            var stacks = s_expected[name].Sites.SkipLast(1).Select(site => string.Concat(site.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..])));
            AssertLacks(methods[$"ForwardSkip{string.Concat(stacks)}"].Single(), s_expected[name].OnlyStacks, name);
            AssertLacks(methods["ForwardSkipProjOut"].Single(), s_expected[name].OnlyOutput, name);
            found++;
        }

        Assert.AreEqual(4, found);
    }

    private static void AssertLacks(BlockSyntax body, string[] gone, string name)
    {
        foreach (var part in gone)
            Assert.DoesNotContain(part, string.Join("\n", body.Statements.Select(statement => statement.ToString())), $"{name}\n{body}");
    }

    private static IEnumerable<(string Name, SyntaxNode Root)> Emitted() => Generate(s_sources).Files
        .Select(file => CSharpSyntaxTree.ParseText(file.Value, Compilations.ParseOptions).GetRoot())
        .Select(root => (root.DescendantNodes().OfType<ClassDeclarationSyntax>().Single().Identifier.ValueText, root));

    private static GeneratorRun Generate((string, string)[] sources) =>
        GeneratorRun.Of(Compilations.Of([.. sources, ("Usings.cs", Compilations.ImplicitUsings)]));

    // The annotated classes whose generated part is a mere call of their body, or that have none.
    private static IEnumerable<string> NotCached(GeneratorRun run)
    {
        var (blocks, models) = Annotated();
        return blocks.Where(name => !IsCached(name, "ICachedBlock"))
            .Concat(models.Where(name => !IsCached(name, "ICacheableModel")));

        bool IsCached(string name, string contract) =>
            run.Files.Values.Any(text => text.Contains($"partial class {name} : global::Afterimage.", StringComparison.Ordinal)
                && (text.Contains($".{contract}\n", StringComparison.Ordinal) || text.Contains($".{contract},", StringComparison.Ordinal)));
    }

    private static (IReadOnlyList<string> Blocks, IReadOnlyList<string> Models) Annotated()
    {
        var classes = s_sources.SelectMany(source => CSharpSyntaxTree.ParseText(source.Text, Compilations.ParseOptions).GetRoot().DescendantNodes())
            .OfType<ClassDeclarationSyntax>().ToArray();
        return (Marked(s_sites), Marked(["CacheableModel"]));

        IReadOnlyList<string> Marked(string[] attributes) =>
        [
            .. classes.Where(type => type.AttributeLists.SelectMany(list => list.Attributes).Any(attribute => attributes.Contains(attribute.Name.ToString())))
                .Select(type => type.Identifier.ValueText),
        ];
    }
}

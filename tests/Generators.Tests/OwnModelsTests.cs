using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Tests;

/// <summary>The generator on the sources of src/Models themselves.</summary>
[TestClass]
public sealed class OwnModelsTests
{
    private static readonly string[] s_sites = ["SpatialAttention", "TemporalAttention", "CrossAttention", "FeedForward", "BlockStack", "OutputProjection", "PromptProjection"];

    private static readonly (string Path, string Text)[] s_sources =
    [
        .. Directory.GetFiles(Compilations.ModelsFolder, "*.cs", SearchOption.AllDirectories)
            .Where(path => !Path.GetRelativePath(Compilations.ModelsFolder, path).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .Select(path => (path, File.ReadAllText(path))),
    ];

    private static readonly Lazy<GeneratorRun> s_generated = new(() => Generate(s_sources));

    [TestMethod]
    public void OwnModels_HaveNoBranchesOfTheGenerator()
    {
        var authors = s_sources.SelectMany(source => Branches.In(source.Text)).ToHashSet();
        foreach (var (name, text) in s_generated.Value.Files)
            Assert.IsEmpty(Branches.OfAuthors(text).Where(branch => !authors.Contains(branch)), name);
    }

    [TestMethod]
    public void OwnModels_AreAllCached()
    {
        var (blocks, models) = Annotated();
        Assert.IsGreaterThanOrEqualTo(6, blocks.Count);
        Assert.IsGreaterThanOrEqualTo(4, models.Count);
        Assert.IsEmpty(NotCached(s_generated.Value));
    }

    [TestMethod]
    [DataRow(
        "CogVideoXTransformer3DModel", "ForwardSkipTransformerBlocks",
        "CheckInputs EmbedTime EmbedVideo _cache.Sequence.Split _transformerBlocksSlot.Take proj_out.call norm_out.call norm_final.call _projOutSlot.Keep _cache.Sequence.Gather Unpatchify")]
    [DataRow(
        "WanTransformer3DModel", "ForwardSkipBlocks",
        "CheckInputs patch_embedding.call _cache.Sequence.Split condition_embedder.EmbedTime _blocksSlot.Take scale_shift_table.Plus temb.unsqueeze proj_out.call norm_out.Modulate _projOutSlot.Keep _cache.Sequence.Gather Unpatchify")]
    [DataRow(
        "FluxTransformer2DModel", "ForwardSkipTransformerBlocksSingleTransformerBlocks",
        "CheckInputs EmbedTime x_embedder.call _cache.Sequence.Split context_embedder.call _cache.Sequence.Split _transformerBlocksSlot.Take _transformerBlocksSlot.Take cat _singleTransformerBlocksSlot.Take joint.narrow encoder.size hidden.size proj_out.call norm_out.call _projOutSlot.Keep _cache.Sequence.Gather")]
    [DataRow(
        "LatteTransformer3DModel", "ForwardSkipTransformerBlocks",
        "CheckInputs hiddenStates.size hiddenStates.size pos_embed.call hiddenStates.transpose _cache.Sequence.Split adaln_single.call timestep.expand _transformerBlocksSlot.Take scale_shift_table.Plus embedded.unsqueeze table.chunk proj_out.call norm_out.Modulate _projOutSlot.Keep _cache.Sequence.Gather Unpatchify")]
    [DataRow(
        "LTXVideoTransformer3DModel", "ForwardSkipTransformerBlocks",
        "CheckInputs proj_in.call EmbedTime _transformerBlocksSlot.Take scale_shift_table.Plus embedded.unsqueeze proj_out.call norm_out.Modulate _projOutSlot.Keep")]
    [DataRow(
        "MochiTransformer3DModel", "ForwardSkipTransformerBlocks",
        "CheckInputs encoderAttentionMask.to time_embed.EmbedTime EmbedVideo _transformerBlocksSlot.Take proj_out.call norm_out.call _projOutSlot.Keep Unpatchify")]
    [DataRow("LTXVideoTransformer3DModel", "ForwardSkipProjOut", "CheckInputs _projOutSlot.TakeCopy")]
    [DataRow("MochiTransformer3DModel", "ForwardSkipProjOut", "CheckInputs _projOutSlot.TakeCopy Unpatchify")]
    [DataRow(
        "HunyuanVideoTransformer3DModel", "ForwardSkipTransformerBlocksSingleTransformerBlocks",
        "CheckInputs EmbedTime x_embedder.call context_embedder.call _transformerBlocksSlot.Take _transformerBlocksSlot.Take cat _singleTransformerBlocksSlot.Take tokens.narrow encoder.size hidden.size proj_out.call norm_out.call _projOutSlot.Keep Unpatchify")]
    [DataRow(
        "AllegroTransformer3DModel", "ForwardSkipTransformerBlocks",
        "CheckInputs adaln_single.call timestep.expand hiddenStates.size pos_embed.call _transformerBlocksSlot.Take scale_shift_table.Plus embedded.unsqueeze proj_out.call norm_out.Modulate _projOutSlot.Keep Unpatchify")]
    [DataRow("HunyuanVideoTransformer3DModel", "ForwardSkipProjOut", "CheckInputs _projOutSlot.TakeCopy Unpatchify")]
    [DataRow("AllegroTransformer3DModel", "ForwardSkipProjOut", "CheckInputs _projOutSlot.TakeCopy Unpatchify")]
    [DataRow("CogVideoXTransformer3DModel", "ForwardSkipProjOut", "CheckInputs _projOutSlot.TakeCopy _cache.Sequence.Gather Unpatchify")]
    [DataRow("WanTransformer3DModel", "ForwardSkipProjOut", "CheckInputs _projOutSlot.TakeCopy _cache.Sequence.Gather Unpatchify")]
    [DataRow("FluxTransformer2DModel", "ForwardSkipProjOut", "CheckInputs _projOutSlot.TakeCopy _cache.Sequence.Gather")]
    [DataRow("LatteTransformer3DModel", "ForwardSkipProjOut", "CheckInputs _projOutSlot.TakeCopy _cache.Sequence.Gather Unpatchify")]
    public void SkippedStack_TakesAllThatOnlyItNeedsWithIt(string model, string variant, string calls)
    {
        var text = s_generated.Value.Files[$"Afterimage.Models.{model}.g.cs"];
        var method = CSharpSyntaxTree.ParseText(text, Compilations.ParseOptions).GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>()
            .Single(method => method.Identifier.ValueText == variant);
        Assert.IsEmpty(Branches.In(method));
        // Of a chain only the call that it begins with is named by what it is called on.
        var made = method.DescendantNodes().OfType<InvocationExpressionSyntax>().Select(call => call.Expression.ToString())
            .Where(name => !name.Contains('(', StringComparison.Ordinal) && name is not ("NewDisposeScope" or "output.MoveToOuterDisposeScope"));
        Assert.AreEqual(calls, string.Join(' ', made));
    }

    [TestMethod]
    public void ModuleWithBlocks_ThatOnlyAnOutputReads_IsLeftOutWithIt()
    {
        Assert.Contains(
            "{ [transformer_blocks], [single_transformer_blocks], [proj_out, context_embedder] }", s_generated.Value.Files["Afterimage.Models.HunyuanVideoTransformer3DModel.g.cs"]);
        Assert.DoesNotContain("ModulesOf", s_generated.Value.Files["Afterimage.Models.FluxTransformer2DModel.g.cs"]);
    }

    [TestMethod]
    public void OwnModels_GetNoDiagnostics()
    {
        var (ours, _) = Analysis.Of(s_generated.Value);
        Assert.IsEmpty(ours, string.Join("\n", ours));
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

    private static GeneratorRun Generate((string, string)[] sources) =>
        GeneratorRun.Of(Compilations.Of([.. sources, ("Usings.cs", Compilations.ImplicitUsings)]));

    // The annotated classes whose generated part is a mere call of their body, or that have none.
    private static IEnumerable<string> NotCached(GeneratorRun run)
    {
        var (blocks, models) = Annotated();
        return blocks.Where(name => !IsCached(name, "ICachedBlock"))
            .Concat(models.Where(name => !IsCached(name, "ICacheableModel")));

        bool IsCached(string name, string contract) =>
            run.Files.Values.SelectMany(text => text.Split('\n')).Any(line =>
                line.StartsWith($"partial class {name} : global::Afterimage.", StringComparison.Ordinal)
                && line.Contains($".{contract}", StringComparison.Ordinal));
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

using System.Text.Json;
using Afterimage.Models;

namespace Afterimage.Cli.Tests.Documents;

/// <summary>The table of <c>docs/models.md</c> is what is registered and recorded. AFTERIMAGE_UPDATE_GOLDENS=1 writes it anew.</summary>
[TestClass]
public sealed class ModelsPageTests
{
    [TestMethod]
    public void Table_IsWhatIsRegisteredAndRecorded()
    {
        Pages.CheckTable("docs/models.md", "<!-- made by ModelsPageTests -->", Rows());
    }

    private static IEnumerable<string> Rows()
    {
        yield return "| transformer | pipelines | autoencoders | text | guidance reaches it | recordings that pass |";
        yield return "|---|---|---|---|---|---|";
        foreach (var transformer in ModelClasses.NamesOf<IDiffusionTransformer>())
        {
            var pipelines = PipelineClasses.Parts.Where(pipeline => pipeline.Parts.Any(part => part.Classes.Contains(transformer))).ToList();
            var parts = pipelines.SelectMany(pipeline => pipeline.Parts).SelectMany(part => part.Classes).Distinct().ToList();
            yield return "| " + string.Join(" | ",
                Code(transformer),
                Code(pipelines.Select(pipeline => pipeline.Name)),
                Code(parts.Intersect(ModelClasses.NamesOf<Autoencoder>())),
                Code(parts.Where(name => name.EndsWith("EncoderModel", StringComparison.Ordinal) || name.EndsWith("TextModel", StringComparison.Ordinal))),
                LayoutOf(transformer),
                Code(RecordingsOf([transformer, .. pipelines.Select(pipeline => pipeline.Name)]))) + " |";
        }
        foreach (var autoencoder in ModelClasses.NamesOf<Autoencoder>())
            yield return $"| | | {Code(autoencoder)} | | | {Code(RecordingsOf([autoencoder]))} |";
    }

    private static string LayoutOf(string transformer)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var folder = RecordingsOf([transformer]).First();
        var config = Path.Combine(Tool.Goldens, folder, "model", "config.json");
        var model = (IDiffusionTransformer)ModelClasses.Find<IDiffusionTransformer>(transformer, folder).FromConfigFile(config, TorchSharp.torch.META, null);
        return model.GuidanceLayout switch
        {
            GuidanceLayout.Batched => "in one batch",
            GuidanceLayout.Sequential => "in two calls",
            _ => "not",
        };
    }

    /// <summary>The recordings in this repository of models and pipelines, which VerifyTests compares.</summary>
    private static IEnumerable<string> RecordingsOf(IReadOnlyCollection<string> classes) =>
        from folder in Directory.GetDirectories(Tool.Goldens).Order(StringComparer.Ordinal)
        let name = NameIn(Path.Combine(folder, "model", "config.json")) ?? NameIn(Path.Combine(folder, "model", "model_index.json"))
        where classes.Contains(name)
        select Path.GetFileName(folder);

    private static string? NameIn(string config) =>
        File.Exists(config) && JsonFile.Object(config).TryGetProperty("_class_name", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null;

    private static string Code(IEnumerable<string> names) => string.Join(", ", names.Select(Code));

    private static string Code(string name) => $"`{name}`";
}

using System.Text.Json.Nodes;
using TorchSharp;

namespace Afterimage.Models.Tests;

/// <summary>Folders that are no pipeline are refused by name, and leave nothing.</summary>
[TestClass]
public sealed class CogVideoXPipelineLoadTests
{
    private static readonly string[] Parts = ["scheduler", "text_encoder", "tokenizer", "transformer", "vae"];

    private static IEnumerable<object[]> PartNames => Parts.Select(part => new object[] { part });

    [TestMethod]
    public void FromPretrained_OfNoFolder_SaysSo()
    {
        using var scratch = new ScratchFolder();

        var error = Assert.ThrowsExactly<FileNotFoundException>(() => CogVideoXPipeline.FromPretrained(scratch["nowhere"]));

        Assert.Contains(scratch["nowhere"] + ": no such folder", error.Message);
        Assert.Contains("model_index.json", error.Message);
    }

    [TestMethod]
    public void FromPretrained_OfAFolderOfSomethingElse_SaysWhatWasExpected()
    {
        using var scratch = new ScratchFolder();

        var error = Assert.ThrowsExactly<FileNotFoundException>(() => CogVideoXPipeline.FromPretrained(scratch.Path));

        Assert.Contains("no model_index.json in this folder; expected the folder of a CogVideoXPipeline", error.Message);
    }

    [TestMethod]
    public void CheckOptions_BeforeWeightsAreThere_RefusesWhatAGenerationWould()
    {
        using var folder = new TinyPipelineFolder();
        foreach (var weights in Directory.GetFiles(folder.Path, "*.safetensors", SearchOption.AllDirectories))
            File.Delete(weights);
        CogVideoXPipeline.CheckOptions(folder.Path, "a red circle");
        void Refuses(string part, CogVideoXGenerationOptions options) => Assert.Contains(
            part, Assert.Throws<ArgumentException>(() => CogVideoXPipeline.CheckOptions(folder.Path, "a red circle", options)).Message);
        Refuses("Height", new() { Height = 17 });
        Refuses("GuidanceScale", new() { GuidanceScale = double.NaN });
        Refuses("3000", new() { NumInferenceSteps = 3000 });
        var live = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        CogVideoXPipeline.CheckOptions(folder.Path, "a red circle", new(), PipelineCases.Cache("FasterCache"));
        Assert.Contains(nameof(FasterCacheConfig.IsGuidanceDistilled), Assert.Throws<ArgumentException>(() => CogVideoXPipeline.CheckOptions(
            folder.Path, "a red circle", new() { GuidanceScale = 1 }, PipelineCases.Cache("FasterCache"))).Message);
        Assert.AreEqual(live, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Directory.Delete(folder["vae"], recursive: true);
        Assert.Contains("vae", Assert.ThrowsExactly<FileNotFoundException>(() => CogVideoXPipeline.CheckOptions(folder.Path, "")).Message);
    }

    [TestMethod]
    [DynamicData(nameof(PartNames))]
    public void FromPretrained_WithoutAPartsFolder_NamesIt(string part)
    {
        using var folder = new TinyPipelineFolder();
        Directory.Delete(folder[part], recursive: true);

        AssertRefused<FileNotFoundException>(folder, folder[part] + ": no such folder");
    }

    [TestMethod]
    [DynamicData(nameof(PartNames))]
    public void FromPretrained_WithAnEmptyPart_NamesIt(string part)
    {
        using var folder = new TinyPipelineFolder();
        Directory.Delete(folder[part], recursive: true);
        Directory.CreateDirectory(folder[part]);

        AssertRefused<FileNotFoundException>(folder, folder[part]);
    }

    [TestMethod]
    [DynamicData(nameof(PartNames))]
    public void FromPretrained_OfAnotherClassForAPart_NamesBoth(string part)
    {
        using var folder = new TinyPipelineFolder();
        folder.Edit("model_index.json", index => index[part] = new JsonArray("diffusers", "SomethingElse"));

        var error = AssertRefused<InvalidDataException>(folder, $"'{part}': expected the class");
        Assert.Contains("SomethingElse", error.Message);
    }

    [TestMethod]
    [DataRow("null")]
    [DataRow("{}")]
    [DataRow("\"AutoencoderKLCogVideoX\"")]
    [DataRow("[null, null]")]
    [DataRow("[\"diffusers\"]")]
    [DataRow("[\"diffusers\", 7]")]
    public void FromPretrained_OfAnIndexWithNoClassForAPart_SaysSo(string value)
    {
        using var folder = new TinyPipelineFolder();
        folder.Edit("model_index.json", index => index["vae"] = JsonNode.Parse(value));

        AssertRefused<InvalidDataException>(folder, "'vae': expected the class AutoencoderKLCogVideoX, found");
    }

    [TestMethod]
    [DataRow("", "model_index.json")]
    [DataRow("[]", "not a JSON object")]
    [DataRow("{\"_class_name\": \"LattePipeline\"}", "'_class_name': expected the class CogVideoXPipeline, found \"LattePipeline\"")]
    [DataRow("{\"_class_name\": [1]}", "expected the class CogVideoXPipeline")]
    [DataRow("{\"_class_name\": 1, \"_class_name\": 2}", "model_index.json")]
    [DataRow("{}", "found nothing")]
    public void FromPretrained_OfAMalformedIndex_SaysWhy(string text, string message)
    {
        using var folder = new TinyPipelineFolder();
        File.WriteAllText(folder["model_index.json"], text);

        AssertRefused<InvalidDataException>(folder, message);
    }

    [TestMethod]
    public void FromPretrained_OfAShardThatIsMissing_NamesItBeforeAnyIsRead()
    {
        using var folder = new TinyPipelineFolder();
        File.Delete(folder["vae/diffusion_pytorch_model.safetensors"]);
        File.WriteAllText(
            folder["vae/diffusion_pytorch_model.safetensors.index.json"],
            """{"weight_map": {"a": "diffusion_pytorch_model-00002-of-00002.safetensors"}}""");
        var told = new List<LoadProgress>();

        AssertRefused<FileNotFoundException>(folder, "shard 'diffusion_pytorch_model-00002-of-00002.safetensors' is missing", new Reporter<LoadProgress>(told.Add));
        Assert.IsEmpty(told);
    }

    [TestMethod]
    public void FromPretrained_OfASchedulerThatIsNotTheConfigs_TakesTheIndexs()
    {
        using var folder = new TinyPipelineFolder();
        folder.Edit("model_index.json", index => index["scheduler"] = new JsonArray("diffusers", nameof(CogVideoXDPMScheduler)));

        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);

        Assert.IsInstanceOfType<CogVideoXDPMScheduler>(pipeline.Scheduler);
    }

    [TestMethod]
    [DataRow("transformer", "in_channels", 8, "image-to-video")]
    [DataRow("transformer", "ofs_embed_dim", 16, "image-to-video")]
    [DataRow("text_encoder", "vocab_size", 7, "expected a tokenizer of at most 7 tokens")]
    [DataRow("transformer", "text_embed_dim", 32, "expected a text encoder of width 32")]
    public void FromPretrained_OfPartsThatDoNotGoTogether_SaysWhich(string part, string key, int value, string message)
    {
        using var folder = new TinyPipelineFolder();
        folder.Edit(part + "/config.json", config => config[key] = value);

        AssertRefused<InvalidDataException>(folder, message);
    }

    [TestMethod]
    [DataRow("text_encoder")]
    [DataRow("transformer")]
    [DataRow("vae")]
    public void FromPretrained_CancelledWithinAPart_LeavesNothing(string part)
    {
        using var folder = new TinyPipelineFolder();
        using var cancellation = new CancellationTokenSource();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Assert.ThrowsExactly<OperationCanceledException>(() => CogVideoXPipeline.FromPretrained(
            folder.Path,
            progress: new Reporter<LoadProgress>(told =>
            {
                if (told.Part == part)
                    cancellation.Cancel();
            }),
            cancellationToken: cancellation.Token));

        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    public void FromPretrained_TellsThePartsAndTheBytesOfAll()
    {
        using var folder = new TinyPipelineFolder();
        var told = new List<LoadProgress>();

        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path, progress: new Reporter<LoadProgress>(told.Add));

        Assert.AreSequenceEqual((string[])["text_encoder", "transformer", "vae"], told.Select(report => report.Part).Distinct());
        Assert.AreSequenceEqual(told.Select(report => report.BytesRead).Order(), told.Select(report => report.BytesRead));
        Assert.AreEqual(told[^1].BytesTotal, told[^1].BytesRead);
        Assert.HasCount(1, told.Select(report => report.BytesTotal).Distinct());
    }

    private static TException AssertRefused<TException>(TinyPipelineFolder folder, string message, IProgress<LoadProgress>? progress = null)
        where TException : Exception
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var error = Assert.ThrowsExactly<TException>(() => CogVideoXPipeline.FromPretrained(folder.Path, progress: progress));
        Assert.Contains(message, error.Message);
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        return error;
    }
}

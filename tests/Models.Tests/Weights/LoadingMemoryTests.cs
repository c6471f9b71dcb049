using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Loading makes no second copy of a model: weights are read into place, whatever the type in the file.</summary>
[TestClass]
public sealed class LoadingMemoryTests
{
    /// <summary>Views of the tensor that is read, and what is read of it before it is converted.</summary>
    private const int TensorsOfOne = 8;

    /// <summary>Of .NET and libraries; the 4 MiB that are read at a time are in it.</summary>
    private const long Noise = 12 << 20;

    private static IEnumerable<object[]> Recorded =>
        from folder in Directory.GetDirectories(Recording.PathOf())
        where File.Exists(Path.Combine(folder, "model", "config.json"))
        from type in new[] { ScalarType.Float32, ScalarType.BFloat16 }
        select (object[])[Path.GetFileName(folder), type];

    private static IEnumerable<object[]> Larger =>
    [
        ["AutoencoderKLWan", (Action<string>)(folder => Save(AutoencoderKLWan.FromConfig(new() { BaseDim = 48 }), folder))],
        ["AutoencoderKLHunyuanVideo", (Action<string>)(folder => Save(AutoencoderKLHunyuanVideo.FromConfig(new() { BlockOutChannels = [64, 64, 128, 256] }), folder))],
        ["WanTransformer3DModel", (Action<string>)(folder => Save(WanTransformer3DModel.FromConfig(new() { NumLayers = 4, NumAttentionHeads = 6, FfnDim = 3072 }), folder))],
        ["T5EncoderModel", (Action<string>)(folder => Save(T5EncoderModel.FromConfig(new() { NumLayers = 2 }), folder))],
    ];

    [TestMethod]
    [DynamicData(nameof(Recorded))]
    public void Load_OfEveryRecordedModel_HoldsOneTensorMoreThanTheModelAtMost(string recording, ScalarType type)
    {
        var folder = Recording.PathOf(recording, "model");
        var counts = new List<long>();
        LiveTensors.CountAtStart();
        using var model = ModelClasses.Find<nn.Module>(ClassOf(folder), folder).FromPretrained(folder, type, progress: new Count(counts));
        Assert.IsGreaterThan(10, counts.Count);
        Assert.IsLessThanOrEqualTo(counts[0] + TensorsOfOne, counts.Max());
    }

    [TestMethod]
    public void RecordedModels_AreOfEveryClass() => Assert.IsEmpty(
        ModelClasses.NamesOf<nn.Module>().Except(Recorded.Select(each => ClassOf(Recording.PathOf((string)each[0], "model")))).ToList());

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Load_BesideTheMemoryOfAProcess_MakesNoSecondCopy() => MeasuringProcess.Run(nameof(LoadingMemoryTests));

    [TestMethod]
    [DynamicData(nameof(Larger))]
    [TestCategory(MeasuringProcess.Category)]
    public void Load_InAProcess_TakesATenthMoreThanTheWeightsAtMost(string name, Action<string> save)
    {
        MeasuringProcess.SkipElsewhere();
        using var folder = new ScratchFolder();
        save(folder.Path);
        foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        {
            nn.Module? model = null;
            var taken = PeakMemory.Of(() => model = ModelClasses.Find<nn.Module>(name, name).FromPretrained(folder.Path, type));
            using (model)
            {
                var weights = model!.state_dict().Values.Sum(tensor => tensor.numel() * tensor.element_size());
                Assert.IsGreaterThan(2 * Noise, weights, name);
                Assert.IsLessThanOrEqualTo((long)(1.1 * weights) + Noise, taken, $"{name} of {weights >> 20} MiB as {type}");
            }
        }
    }

    private static void Save<TModel>(TModel model, string folder) where TModel : nn.Module, IPretrainedModel<TModel>
    {
        using (model)
            model.SavePretrained(folder);
    }

    private static string ClassOf(string folder)
    {
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
        return config.RootElement.TryGetProperty("_class_name", out var name) ? name.GetString()! : config.RootElement.GetProperty("architectures")[0].GetString()!;
    }

    /// <summary>Counts live tensors whenever something was read.</summary>
    private sealed class Count(List<long> counts) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => counts.Add(Tensor.TotalCount);
    }
}

using Afterimage.Models.Tests;
using Afterimage.Server.Jobs;
using Afterimage.Server.Working;
using TorchSharp;

namespace Afterimage.Server.Tests;

/// <summary>What requests cost, of every pipeline, without weights.</summary>
[TestClass]
public sealed class PricedPlanTests
{
    [TestMethod]
    [DataRow("cogvideox", 24, 16, 9)]
    [DataRow("wan", 32, 48, 5)]
    [DataRow("wan22-t2v", 32, 32, 5)]
    [DataRow("ltx", 32, 32, 5)]
    [DataRow("latte", 32, 32, 4)]
    [DataRow("flux", 64, 48, null)]
    public void Price_OfEveryPipeline_IsLessWithACacheAndTwiceOfTwiceTheSteps(string name, int height, int width, int? frames)
    {
        using var folder = new RecordedPipelineFolder($"pipeline-{name}-tiny");
        using var model = new ServedModel(new ModelFolder("model", folder.Path), new ServerOptions { Models = [], Storage = "", Dtype = torch.ScalarType.Float32 });
        var request = new JobRequest("model", "a cat", 10, 1)
        {
            Height = height,
            Width = width,
            Frames = frames,
        };
        var (plain, longer, cached) = (model.Price(request), model.Price(request with { Steps = 20 }), model.Price(request with { Cache = "pab" }));
        Assert.AreEqual((height, width, frames ?? 1), (plain.Request.Height, plain.Request.Width, plain.Request.Frames));
        Assert.IsGreaterThan(0, plain.Flops);
        Assert.AreEqual(2 * plain.Flops, longer.Flops, 1e-6 * longer.Flops);
        Assert.AreEqual(plain.Flops, cached.UncachedFlops);
        Assert.IsLessThanOrEqualTo(plain.Flops, cached.Flops);
        Assert.IsGreaterThan(0, cached.HistoryBytes);
        Assert.AreEqual(0, plain.HistoryBytes);
    }

    [TestMethod]
    public void Model_ThatBeginsWithAPicture_IsRefused()
    {
        using var folder = new RecordedPipelineFolder("pipeline-wan-i2v-tiny");
        Assert.Contains("picture", Assert.ThrowsExactly<NotSupportedException>(() => new ServedModel(new ModelFolder("model", folder.Path), new ServerOptions { Models = [], Storage = "" })).Message);
    }
}

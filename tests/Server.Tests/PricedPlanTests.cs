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
    public void Price_OfACacheThatHoldsMoreThanThereIs_IsRefused()
    {
        var options = new ServerOptions { Models = [], Storage = "", Dtype = torch.ScalarType.Float32 };
        var request = new JobRequest("model", "a red circle", 10, 1) { Cache = "pab" };
        using var free = new ServedModel(new ModelFolder("model", TestServer.MovingShapes), options);
        var bytes = free.Price(request).HistoryBytes;
        using var exact = new ServedModel(new ModelFolder("model", TestServer.MovingShapes), options with { MostBytesOfHistory = bytes });
        Assert.AreEqual(bytes, exact.Price(request).HistoryBytes);
        using var less = new ServedModel(new ModelFolder("model", TestServer.MovingShapes), options with { MostBytesOfHistory = bytes - 1 });
        Assert.Contains("another cache", Assert.ThrowsExactly<InsufficientMemoryException>(() => less.Price(request)).Message);
        Assert.AreEqual(0, less.Price(request with { Cache = "none" }).HistoryBytes);
    }

    [TestMethod]
    public void Model_ThatBeginsWithAPicture_IsRefused()
    {
        using var folder = new RecordedPipelineFolder("pipeline-wan-i2v-tiny");
        Assert.Contains("picture", Assert.ThrowsExactly<NotSupportedException>(() => new ServedModel(new ModelFolder("model", folder.Path), new ServerOptions { Models = [], Storage = "" })).Message);
    }
}

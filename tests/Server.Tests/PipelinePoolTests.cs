using Afterimage.Models;
using Afterimage.Server.Working;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;

namespace Afterimage.Server.Tests;

/// <summary>Which pipelines a worker holds.</summary>
[TestClass]
public sealed class PipelinePoolTests
{
    [TestMethod]
    public void Get_OfMoreThanMemoryHolds_UnloadsWhatWasNotUsedForLongest()
    {
        var options = new ServerOptions { Models = [], Storage = "", Dtype = torch.ScalarType.Float32 };
        ServedModel[] models = [.. ((string[])["a", "b", "c"]).Select(name => new ServedModel(new ModelFolder(name, TestServer.MovingShapes), options))];
        using (var pool = new PipelinePool(options with { MostBytesOfWeights = 2.5 * models[0].Weights }, torch.CPU, NullLogger.Instance))
        {
            var (first, second) = (pool.Get(models[0], default), pool.Get(models[1], default));
            torch.Tensor[] weights = [WeightOf(first), WeightOf(second)];
            Assert.AreSame(first, pool.Get(models[0], default));
            pool.Get(models[2], default);
            Assert.AreSequenceEqual([models[0], models[2]], pool.Loaded);
            Assert.AreSequenceEqual([false, true], weights.Select(weight => weight.IsInvalid));
            Assert.AreSame(first, pool.Get(models[0], default));
            pool.Dispose();
            Assert.IsTrue(weights[0].IsInvalid);
        }
        foreach (var model in models)
            model.Dispose();
    }

    [TestMethod]
    public void Get_OfOneThatIsLargerThanAllowed_LoadsItAlone()
    {
        var options = new ServerOptions { Models = [], Storage = "", Dtype = torch.ScalarType.Float32, MostBytesOfWeights = 1 };
        using var first = new ServedModel(new ModelFolder("a", TestServer.MovingShapes), options);
        using var second = new ServedModel(new ModelFolder("b", TestServer.MovingShapes), options);
        using var pool = new PipelinePool(options, torch.CPU, NullLogger.Instance);
        pool.Get(first, default);
        pool.Get(second, default);
        Assert.AreSequenceEqual([second], pool.Loaded);
    }

    private static torch.Tensor WeightOf(DiffusionPipeline pipeline) => ((torch.nn.Module)pipeline.CacheableModels[0]).parameters().First();
}

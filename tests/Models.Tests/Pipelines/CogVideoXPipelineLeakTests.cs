using TorchSharp;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class CogVideoXPipelineLeakTests
{
    [TestMethod]
    [DataRow("none")]
    [DataRow("PAB")]
    [DataRow("FasterCache")]
    public void Generate_AgainAndAgain_KeepsNothing(string cache)
    {
        using var folder = new TinyPipelineFolder("cogvideox-5b-tiny", PipelineCases.DpmTrace);
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var tensors = 0L;
        for (var i = 0; i < 14; i++)
        {
            pipeline.Cached(cache, PipelineCases.Options).Dispose();
            if (i == 1)
                tensors = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        }

        Assert.AreEqual(tensors, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    public void Dispose_FreesWhatWasLoaded()
    {
        using var folder = new TinyPipelineFolder();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var pipeline = CogVideoXPipeline.FromPretrained(folder.Path))
        {
            pipeline.Cached("PAB", PipelineCases.Options).Dispose();
        }

        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}

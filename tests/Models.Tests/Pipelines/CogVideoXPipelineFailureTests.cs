using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>A generation that ends early leaves no tensor, no run, and a pipeline that works as a fresh one.</summary>
[TestClass]
public sealed class CogVideoXPipelineFailureTests
{
    [TestMethod]
    [DataRow("none", GenerationStage.Encoding, 0)]
    [DataRow("none", GenerationStage.Encoding, 1)]
    [DataRow("none", GenerationStage.Denoising, 3)]
    [DataRow("PAB", GenerationStage.Denoising, 3)]
    [DataRow("FasterCache", GenerationStage.Denoising, 5)]
    [DataRow("none", GenerationStage.Decoding, 0)]
    [DataRow("PAB", GenerationStage.Decoding, 0)]
    public void Generate_Cancelled_LeavesThePipelineAsItWas(string cache, GenerationStage stage, int step)
    {
        using var cancellation = new CancellationTokenSource();
        AssertRecovers<OperationCanceledException>(cache, pipeline => pipeline.Generate(
            PipelineCases.Prompt,
            PipelineCases.Options,
            new Reporter<GenerationProgress>(told =>
            {
                if (told.Stage == stage && told.Step == step)
                    cancellation.Cancel();
            }),
            cancellation.Token));
    }

    [TestMethod]
    public void Generate_CancelledBetweenTwoBatchesOfDecodedFrames_LeavesThePipelineAsItWas()
    {
        using var cancellation = new CancellationTokenSource();
        var batches = 0;
        AssertRecovers<OperationCanceledException>("PAB", pipeline =>
        {
            var hook = pipeline.Vae.modules().OfType<CogVideoXDecoder3D>().Single().register_forward_hook((_, _, _, frames) =>
            {
                batches++;
                cancellation.Cancel();
                return frames;
            });
            try
            {
                // 5 latent frames are decoded as 3 and 2.
                return pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options with { NumFrames = 17 }, null, cancellation.Token);
            }
            finally
            {
                hook.remove();
            }
        });
        Assert.AreEqual(1, batches);
    }

    [TestMethod]
    [DataRow("none")]
    [DataRow("PAB")]
    [DataRow("FasterCache")]
    public void Generate_WhoseCallbackThrows_LeavesThePipelineAsItWas(string cache) => AssertRecovers<NotSupportedException>(
        cache,
        pipeline => pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options with
        {
            OnStepEnd = (step, _, _) =>
            {
                if (step == 4)
                    throw new NotSupportedException();
            },
        }));

    [TestMethod]
    [DataRow(GenerationStage.Encoding, 2)]
    [DataRow(GenerationStage.Denoising, 8)]
    [DataRow(GenerationStage.Decoding, 1)]
    public void Generate_WhoseReporterThrows_LeavesThePipelineAsItWas(GenerationStage stage, int step) => AssertRecovers<NotSupportedException>(
        "PAB",
        pipeline => pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options, new Reporter<GenerationProgress>(told =>
        {
            if (told.Stage == stage && told.Step == step)
                throw new NotSupportedException();
        })));

    [TestMethod]
    public void Generate_WhoseCacheCallbackThrows_LeavesThePipelineAsItWas()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var expected = pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        pipeline.Transformer.EnableCache(new PyramidAttentionBroadcastConfig
        {
            SpatialAttentionBlockSkipRange = 2,
            CurrentTimestepCallback = () => pipeline.CurrentTimestep < 500 ? throw new NotSupportedException() : pipeline.CurrentTimestep!.Value,
        });

        Assert.ThrowsExactly<NotSupportedException>(() => pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options));

        Assert.IsNull(pipeline.CurrentTimestep);
        pipeline.Transformer.DisableCache();
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        TensorAssert.Same(expected, pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options));
    }

    [TestMethod]
    public void Generate_WhoseCacheIsTurnedOffInTheMiddle_GoesOnWithoutIt()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var expected = pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options);
        pipeline.Transformer.EnableCache(PipelineCases.Cache("FasterCache")!);

        var frames = pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options with { OnStepEnd = (_, _, _) => pipeline.Transformer.DisableCache() });

        TensorAssert.Same(expected, frames);
    }

    private static void AssertRecovers<TException>(string cache, Func<CogVideoXPipeline, Tensor> fail)
        where TException : Exception
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var fresh = CogVideoXPipeline.FromPretrained(folder.Path);
        var expected = fresh.Cached(cache, PipelineCases.Options);
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        // Position tables are made by the first forward, and kept.
        pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options).Dispose();
        if (PipelineCases.Cache(cache) is { } config)
            pipeline.Transformer.EnableCache(config);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Assert.ThrowsExactly<TException>(() => fail(pipeline));

        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount, "live tensors");
        Assert.IsNull(pipeline.Transformer.CurrentRun);
        Assert.IsNull(pipeline.CurrentTimestep);
        pipeline.Transformer.DisableCache();
        TensorAssert.Same(expected, pipeline.Cached(cache, PipelineCases.Options));
    }
}

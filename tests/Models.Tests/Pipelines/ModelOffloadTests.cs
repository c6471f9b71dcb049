using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Models that visit a device in turn.</summary>
[TestClass]
public sealed class ModelOffloadTests
{
    private static readonly CacheConfig s_cache = new PyramidAttentionBroadcastConfig
    {
        SpatialAttentionBlockSkipRange = 2,
        SpatialAttentionTimestepSkipRange = (-1, 1001),
    };

    [TestMethod]
    [DynamicData(nameof(PipelineGenerationTests.Pipelines), typeof(PipelineGenerationTests))]
    public void Generate_WithVisitors_GivesTheSameAndHasOneAtATime(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new RecordedPipelineFolder($"pipeline-{name}-tiny");
        using var pipeline = DiffusionPipeline.FromPretrained(folder.Path);
        var options = PipelineGenerationTests.Options($"pipeline-{name}-tiny", pipeline);
        pipeline.CacheableModels.ToList().ForEach(model => model.EnableCache(s_cache));
        var expected = pipeline.Generate(PipelineGenerationTests.Prompt, options);
        var visits = new Visits();

        pipeline.Offload(CPU, visits.Move);
        var frames = pipeline.Generate(PipelineGenerationTests.Prompt, options);

        TensorAssert.Same(expected, frames, name);
        Assert.IsNull(visits.Visitor);
        // Those of pictures encode, too.
        Assert.AreEqual(name.EndsWith("i2v", StringComparison.Ordinal) || name.EndsWith("flf", StringComparison.Ordinal) ? 2 : 1, visits.Names.Count(visit => visit.StartsWith("Autoencoder", StringComparison.Ordinal)));
        Assert.HasCount(pipeline.CacheableModels.Count, visits.Names.Where(visit => visit.Contains("Transformer", StringComparison.Ordinal)));
        Assert.StartsWith("Autoencoder", visits.Names[^1]);
        Assert.Contains("T5EncoderModel", visits.Names);
    }

    [TestMethod]
    public void Generate_InEveryWayThatItEnds_SendsTheVisitorHome()
    {
        using var folder = new RecordedPipelineFolder("pipeline-wan-tiny");
        using var pipeline = DiffusionPipeline.FromPretrained(folder.Path);
        var options = PipelineGenerationTests.Options("pipeline-wan-tiny", pipeline);
        var visits = new Visits();
        pipeline.Offload(CPU, visits.Move);
        using var cancellation = new CancellationTokenSource();

        Assert.ThrowsExactly<OperationCanceledException>(() => pipeline.Generate(
            PipelineGenerationTests.Prompt, options with { OnStepEnd = (_, _, _) => cancellation.Cancel() }, null, cancellation.Token));
        Assert.IsNull(visits.Visitor);
        visits.Refuses = nameof(WanTransformer3DModel);
        Assert.ThrowsExactly<InvalidOperationException>(() => pipeline.Generate(PipelineGenerationTests.Prompt, options));
        Assert.IsNull(visits.Visitor);

        visits.Refuses = null;
        pipeline.Generate(PipelineGenerationTests.Prompt, options).Dispose();
        visits.Names.Clear();
        pipeline.To(CPU);
        pipeline.Generate(PipelineGenerationTests.Prompt, options).Dispose();
        Assert.IsEmpty(visits.Names);
    }

    /// <summary>
    /// A tensor of the CPU among those of META is refused by torch, so each was made where the transformer is called. The other models stay: text encoders look
    /// at the numbers of their tokens, and torch has no convolutions for META.
    /// </summary>
    [TestMethod]
    [DynamicData(nameof(PipelineGenerationTests.Pipelines), typeof(PipelineGenerationTests))]
    public void GenerateLatents_WithVisitors_MakesEveryTensorOnTheDevice(string name)
    {
        foreach (var isCached in (bool[])[false, true])
        {
            using var scope = NewDisposeScope();
            using var folder = new RecordedPipelineFolder($"pipeline-{name}-tiny");
            using var pipeline = DiffusionPipeline.FromPretrained(folder.Path);
            var options = PipelineGenerationTests.Options($"pipeline-{name}-tiny", pipeline);
            if (isCached)
                pipeline.CacheableModels.ToList().ForEach(model => model.EnableCache(s_cache));

            pipeline.Offload(META, (model, device) =>
            {
                if (device.type == DeviceType.META && model is ICacheableModel)
                    model.to(META);
            });

            Assert.AreEqual(DeviceType.META, pipeline.GenerateLatents(PipelineGenerationTests.Prompt, options).device_type, name);
        }
    }

    [TestMethod]
    public void EnableModelCpuOffload_WithoutADevice_SaysThatItNeedsOne()
    {
        if (cuda.is_available())
            Assert.Inconclusive("There is a device here.");
        using var pipeline = DiffusionPipeline.FromPretrained(Recording.PathOf("pipeline-wan-tiny", "model"));
        Assert.Contains("no CUDA device", Assert.ThrowsExactly<NotSupportedException>(() => pipeline.EnableModelCpuOffload()).Message);
        Assert.AreSame(pipeline, pipeline.EnableModelCpuOffload(CPU));
    }

    /// <summary>Who came, and who is there now.</summary>
    private sealed class Visits
    {
        private bool _isAway;

        public List<string> Names { get; } = [];

        public nn.Module? Visitor { get; private set; }

        public string? Refuses { get; set; }

        public void Move(nn.Module model, Device device)
        {
            _isAway = !_isAway;
            if (!_isAway)
            {
                Assert.AreSame(Visitor, model);
                Visitor = null;
                return;
            }
            Assert.IsNull(Visitor);
            Visitor = model;
            Names.Add(model.GetType().Name);
            if (model.GetType().Name == Refuses)
                throw new InvalidOperationException("out of memory");
        }
    }
}

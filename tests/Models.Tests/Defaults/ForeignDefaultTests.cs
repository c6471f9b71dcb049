using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Nothing depends on torch's default device or type: results are the same, bit for bit, whatever they are.</summary>
[TestClass]
public sealed class ForeignDefaultTests
{
    private static readonly string[] s_defaults = ["device", "dtype"];

    private static readonly double[] s_timesteps = [900, 800, 700, 600];

    private static readonly PyramidAttentionBroadcastConfig s_broadcast = new()
    {
        SpatialAttentionBlockSkipRange = 2,
        TemporalAttentionBlockSkipRange = 2,
        CrossAttentionBlockSkipRange = 2,
    };

    private static IEnumerable<object[]> Pipelines =>
        from pipeline in PipelineGenerationTests.Pipelines from foreign in s_defaults select (object[])[pipeline[0], foreign];

    private static IEnumerable<object[]> Transformers => RecordedModels(config => config.Contains("Transformer", StringComparison.Ordinal));

    private static IEnumerable<object[]> Autoencoders => RecordedModels(config => config.Contains("\"Autoencoder", StringComparison.Ordinal))
        .Where(model => (string)model[0] != "vae-allegro-shallow-tiny");

    private static IEnumerable<object[]> Schedulers => from name in SchedulerClasses.Names from foreign in s_defaults select (object[])[name, foreign];

    [TestMethod]
    [DynamicData(nameof(Pipelines))]
    public void Generate_UnderAForeignDefault_GivesTheSame(string name, string foreign)
    {
        using var scope = NewDisposeScope();
        using var folder = new RecordedPipelineFolder($"pipeline-{name}-tiny");
        using var usual = DiffusionPipeline.FromPretrained(folder.Path);
        var options = PipelineGenerationTests.Options($"pipeline-{name}-tiny", usual);

        foreach (var cache in (string[])["none", "PAB", "stack"])
        {
            var expected = Frames(usual, cache);
            using var defaults = ForeignDefault.Of(foreign);
            using var pipeline = DiffusionPipeline.FromPretrained(folder.Path);
            TensorAssert.Same(expected, Frames(pipeline, cache), $"{name}, {cache}");
        }

        Tensor Frames(DiffusionPipeline pipeline, string cache)
        {
            var config = PipelineGenerationTests.CacheOf(cache, name);
            foreach (var model in pipeline.CacheableModels)
            {
                model.DisableCache();
                if (config is not null)
                    model.EnableCache(config);
            }
            return pipeline.Generate(PipelineGenerationTests.Prompt, options);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Transformers))]
    public void Forward_UnderAForeignDefault_GivesTheSame(string folder, string className, string foreign)
    {
        using var scope = NewDisposeScope();
        var inputs = Recording.Tensors(folder, "inputs.safetensors");
        var scalars = Recording.Scalars(folder, "forward.json");
        using var usual = RecordedTransformer.Load(folder);
        var expected = Outputs(usual);

        using var defaults = ForeignDefault.Of(foreign);
        using var model = new RecordedTransformer((IDiffusionTransformer)Load(className, Recording.PathOf(folder, "model")));
        var same = Outputs(model);

        for (var i = 0; i < expected.Count; i++)
            TensorAssert.Same(expected[i], same[i], $"forward {i} of {className}");

        List<Tensor> Outputs(RecordedTransformer model)
        {
            List<Tensor> outputs = [model.Forward(inputs, scalars)];
            foreach (var config in (CacheConfig[])[s_broadcast, new TaylorSeerCacheConfig { CacheInterval = 2, DisableCacheBeforeStep = 1 }])
            {
                model.Cache.EnableCache(config);
                using (model.Cache.BeginRun(s_timesteps, GuidanceLayout.None))
                    outputs.AddRange(s_timesteps.Select(_ => model.Forward(inputs, scalars)));
                model.Cache.DisableCache();
            }
            return outputs;
        }
    }

    [TestMethod]
    [DynamicData(nameof(Autoencoders))]
    public void DecodeAndEncode_UnderAForeignDefault_GiveTheSame(string folder, string className, string foreign)
    {
        using var scope = NewDisposeScope();
        // Allegro works in tiles only, which its recording has sizes for.
        var isTiled = className == nameof(AutoencoderKLAllegro);
        var config = Recording.Json(folder, "model", "config.json");
        var isOfPictures = className == nameof(AutoencoderKL);
        manual_seed(2);
        var latents = isTiled ? Recording.Tensors(folder, "decode_tiled.safetensors")["z"]
            : randn([1, Number("latent_channels", Number("z_dim", 16)), .. isOfPictures ? (long[])[6, 8] : [3, 6, 8]], ScalarType.Float32, CPU);
        var patch = className == nameof(AutoencoderKLWan) ? Number("patch_size", 1) : 1;
        var sample = isTiled ? Recording.Tensors(folder, "encode_tiled.safetensors")["x"]
            : randn([1, Number("in_channels", 3) / (patch * patch), .. isOfPictures ? (long[])[24, 32] : [9, 64, 64]], ScalarType.Float32, CPU);
        var temb = TensorArithmetic.Full([1], 0.05, ScalarType.Float32, CPU);
        var expected = Results();

        using var defaults = ForeignDefault.Of(foreign);
        var same = Results();
        for (var i = 0; i < expected.Count; i++)
            TensorAssert.Same(expected[i], same[i], $"result {i} of {className}");

        List<Tensor> Results()
        {
            using var generator = new Generator(3, CPU);
            using var model = isTiled ? RecordedAutoencoder.Load(folder, "decode", "decode_tiled") : (Autoencoder)Load(className, Recording.PathOf(folder, "model"));
            List<Tensor> results = [model is AutoencoderKLLTXVideo { Config.TimestepConditioning: true } ltx ? ltx.Decode(latents, temb) : model.Decode(latents)];
            if (model is AutoencoderKLMochi)
                return results;
            using var posterior = model.Encode(sample);
            results.AddRange([posterior.Mean.clone(), posterior.Sample(generator)]);
            return results;
        }

        long Number(string key, long otherwise) =>
            config.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : otherwise;
    }

    [TestMethod]
    [DynamicData(nameof(Schedulers))]
    public void Step_UnderAForeignDefault_GivesTheSame(string className, string foreign)
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        Tensor sample = randn([1, 2, 3, 4], ScalarType.Float32, CPU), output = randn([1, 2, 3, 4], ScalarType.Float32, CPU);
        var expected = Steps();
        using var defaults = ForeignDefault.Of(foreign);
        TensorAssert.Same(expected, Steps(), className);

        Tensor Steps()
        {
            using var generator = new Generator(5, CPU);
            var scheduler = SchedulerClasses.FromJson(className, "{}");
            using var run = scheduler.BeginRun(ScheduleRequest.Of(4));
            var current = sample;
            for (var i = 0; i < run.Timesteps.Count; i++)
                current = run.Step(i, run.ScaleModelInput(i, output), current, generator);
            return current;
        }
    }

    private static object Load(string className, string path) => ModelClasses.Find<nn.Module>(className, path).FromPretrained(path, ScalarType.Float32, CPU);

    private static IEnumerable<object[]> RecordedModels(Func<string, bool> matches) =>
        from folder in Directory.EnumerateDirectories(Recording.PathOf()).Order(StringComparer.Ordinal)
        let config = Path.Combine(folder, "model", "config.json")
        where File.Exists(config) && matches(File.ReadAllText(config))
        from foreign in s_defaults
        select (object[])[Path.GetFileName(folder), Recording.Json(Path.GetFileName(folder), "model", "config.json").GetProperty("_class_name").GetString()!, foreign];
}

using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>What pictures do in Wan's pipeline of image to video, beside what recordings show.</summary>
[TestClass]
public sealed class WanImageToVideoPipelineTests
{
    private const string Wan21 = "pipeline-wan-i2v-tiny";
    private const string FirstAndLast = "pipeline-wan-flf-tiny";
    private const string Two = "pipeline-wan22-i2v-tiny";
    private const string Five = "pipeline-wan22-ti2v-tiny";

    private readonly DisposeScope _scope = NewDisposeScope();

    [TestCleanup]
    public void Cleanup() => _scope.Dispose();

    [TestMethod]
    public void GenerateLatents_OfAModelOfTokens_BeginWithThePictures()
    {
        using var pipeline = Load(Five);
        var options = Options(Five);
        var seen = new List<Tensor>();
        var latents = pipeline.GenerateLatents(null, options with { OnStepEnd = (_, _, after) => seen.Add(after.clone()) });

        var picture = nn.functional.interpolate(options.Image!, [32, 64], mode: InterpolationMode.Nearest).Times(2).Minus(1).unsqueeze(2);
        using var encoded = pipeline.Vae.Encode(picture);
        var mean = tensor(pipeline.Vae.Config.LatentsMean.ToArray()).view(1, -1, 1, 1, 1);
        var deviation = tensor(pipeline.Vae.Config.LatentsStd.ToArray()).view(1, -1, 1, 1, 1);
        TensorAssert.Close(encoded.Mean.Minus(mean) / deviation, latents.narrow(2, 0, 1), 1e-5);
        // Callbacks see what the scheduler made; the rest of the frames is that.
        Assert.IsGreaterThan(0.1, TensorAssert.MaxDifference(seen[^1].narrow(2, 0, 1), latents.narrow(2, 0, 1)));
        TensorAssert.Same(seen[^1].narrow(2, 1, 2), latents.narrow(2, 1, 2));
    }

    [TestMethod]
    public void FromPretrained_OfTextToVideosIndex_TakesAModelOfTokens()
    {
        using var folder = new RecordedPipelineFolder("pipeline-wan22-t2v-tiny");
        using var pipeline = WanImageToVideoPipeline.FromPretrained(folder.Path);
        using var same = Load(Five);
        TensorAssert.Same(same.Generate(null, Options(Five)), pipeline.Generate(null, Options(Five)));
    }

    [TestMethod]
    [DataRow(Wan21)]
    [DataRow(FirstAndLast)]
    public void Generate_WithAnImageEncoder_GivesWhatItsEmbeddingsGive(string name)
    {
        using var folder = new RecordedPipelineFolder(name);
        using var pipeline = WanImageToVideoPipeline.FromPretrained(folder.Path);
        using var model = CLIPVisionModel.FromPretrained(folder["image_encoder"]);
        var processor = CLIPImageProcessor.FromPretrained(folder["image_processor"]);
        var options = Options(name) with { ImageEmbeds = null };
        Tensor[] pictures = options.LastImage is null ? [options.Image!] : [options.Image!, options.LastImage];
        var embeds = cat([.. pictures.Select(picture => model.Encode(processor.Preprocess(picture)))]);

        var frames = pipeline.Generate(null, options);

        TensorAssert.Same(pipeline.Generate(null, options with { ImageEmbeds = embeds }), frames);
        Assert.IsGreaterThan(1e-3, TensorAssert.MaxDifference(frames, pipeline.Generate(null, options with { ImageEmbeds = randn_like(embeds) })));
        // One picture where the model is made for two, or two where it is for one.
        Assert.Contains(
            "pos_embed_seq_len",
            Assert.ThrowsExactly<ArgumentException>(() => pipeline.Generate(null, options with { LastImage = options.LastImage is null ? options.Image : null })).Message);
    }

    [TestMethod]
    public void FromPretrained_OfAnImageEncoderThatDoesNotFit_IsRefused()
    {
        using var folder = new RecordedPipelineFolder(FirstAndLast);
        var (config, processor) = (folder["image_encoder/config.json"], folder["image_processor/preprocessor_config.json"]);
        var (good, whole) = (File.ReadAllText(config), File.ReadAllText(processor));
        Refused("crop_size 8", processor, whole.Replace(": 8", ": 9", StringComparison.Ordinal));
        File.WriteAllText(processor, whole);
        Refused("of 5 tokens", config, good.Replace("\"patch_size\": 4", "\"patch_size\": 8", StringComparison.Ordinal));
        Refused("of width 10", config, good.Replace("\"hidden_size\": 10", "\"hidden_size\": 12", StringComparison.Ordinal));

        void Refused(string expected, string file, string text)
        {
            File.WriteAllText(file, text);
            Assert.Contains(expected, Assert.ThrowsExactly<InvalidDataException>(() => WanImageToVideoPipeline.FromPretrained(folder.Path)).Message);
        }
    }

    [TestMethod]
    [DataRow(Wan21)]
    [DataRow(FirstAndLast)]
    [DataRow(Two)]
    [DataRow(Five)]
    public void Generate_SeveralOfAPrompt_GivesEachWhatItGetsAlone(string name)
    {
        using var pipeline = Load(name);
        var options = Options(name);
        options = options with { PromptEmbeds = options.PromptEmbeds!.narrow(0, 0, 1), NegativePromptEmbeds = options.NegativePromptEmbeds!.narrow(0, 0, 1) };
        var latents = randn([2, .. options.Latents!.shape[1..]]);

        var both = pipeline.Generate(null, options with { Latents = latents, NumVideosPerPrompt = 2 });

        for (var result = 0; result < 2; result++)
            TensorAssert.Close(both.narrow(0, result, 1), pipeline.Generate(null, options with { Latents = latents.narrow(0, result, 1) }), 1e-3, $"result {result}");
    }

    [TestMethod]
    [DataRow(Wan21)]
    [DataRow(FirstAndLast)]
    public void Generate_OfAPictureForEachPrompt_GivesEachItsOwn(string name)
    {
        using var pipeline = Load(name);
        var options = Options(name);
        var (prompts, negative) = (randn([2, 512, 6]), randn([2, 512, 6]));
        var (images, lasts) = (rand([2, 3, 32, 32]), options.LastImage is null ? null : rand([2, 3, 32, 32]));
        var embeds = randn([2 * options.ImageEmbeds!.size(0), .. options.ImageEmbeds.shape[1..]]);
        var latents = randn([2, .. options.Latents!.shape[1..]]);

        var both = pipeline.Generate(null, options with { PromptEmbeds = prompts, NegativePromptEmbeds = negative, Image = images, LastImage = lasts, ImageEmbeds = embeds, Latents = latents });

        for (var prompt = 0; prompt < 2; prompt++)
        {
            var alone = pipeline.Generate(null, options with
            {
                PromptEmbeds = Of(prompts),
                NegativePromptEmbeds = Of(negative),
                Image = Of(images),
                LastImage = lasts is null ? null : Of(lasts),
                Latents = Of(latents),
                ImageEmbeds = embeds.chunk(2)[prompt],
            });
            TensorAssert.Close(Of(both), alone, 1e-3, $"prompt {prompt}");

            Tensor Of(Tensor rows) => rows.narrow(0, prompt, 1);
        }
    }

    [TestMethod]
    public void Generate_OfWhatTheModelsDoNotTake_IsRefusedBeforeAnyWork()
    {
        Refused(Two, "Image", options => options with { Image = null });
        Refused(Two, "[3, height, width]", options => options with { Image = rand([1, 4, 32, 32]) });
        Refused(Two, "as many pictures", options => options with { Image = rand([2, 3, 32, 32]), LastImage = rand([3, 32, 32]) });
        Refused(Two, "one frame", options => options with { LastImage = rand([3, 32, 32]), NumFrames = 1, Latents = null });
        Refused(Two, "image_dim", options => options with { ImageEmbeds = rand([1, 5, 6]) });
        Refused(Two, "multiple of 16", options => options with { Height = 24, Latents = null });
        Refused(Two, "rope_max_seq_len", options => options with { Width = 33 * 16, Latents = null });
        Refused(Five, "a first picture only", options => options with { LastImage = options.Image });
        Refused(Wan21, "no image encoder", options => options with { ImageEmbeds = null });
        Refused(Wan21, "[1, tokens, 14]", options => options with { ImageEmbeds = rand([1, 5, 13]) });
        Refused(Wan21, "[1, tokens, 14]", options => options with { ImageEmbeds = rand([2, 5, 14]) });
        Refused(FirstAndLast, "[2, 5, 10]", options => options with { ImageEmbeds = rand([1, 5, 10]) });

        static void Refused(string name, string expected, Func<WanImageToVideoGenerationOptions, WanImageToVideoGenerationOptions> change)
        {
            var options = change(Options(name));
            using var pipeline = Load(name);
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            Assert.Contains(expected, Assert.Throws<ArgumentException>(() => pipeline.Generate(null, options)).Message);
            Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            Assert.Contains(expected, Assert.Throws<ArgumentException>(() => WanImageToVideoPipeline.CheckOptions(Recording.PathOf(name, "model"), null, options)).Message);
        }
    }

    [TestMethod]
    public void Generate_OfAPictureThatIsNotFinite_SaysSo()
    {
        using var pipeline = Load(Two);
        var image = TensorArithmetic.Full([3, 32, 32], double.NaN, ScalarType.Float32, CPU);
        Assert.Contains("picture", Assert.ThrowsExactly<NotFiniteNumberException>(() => pipeline.Generate(null, Options(Two) with { Image = image })).Message);
    }

    [TestMethod]
    public void FromPretrained_OfATransformerOfText_SaysWhatChannelsItWants()
    {
        var error = Assert.ThrowsExactly<InvalidDataException>(() => WanImageToVideoPipeline.FromPretrained(Recording.PathOf("pipeline-wan-tiny", "model")));
        Assert.Contains("expected a transformer from 12 channels, of latents, a mask and the picture's latents", error.Message);
    }

    private static WanImageToVideoPipeline Load(string name) => WanImageToVideoPipeline.FromPretrained(Recording.PathOf(name, "model"));

    private static WanImageToVideoGenerationOptions Options(string name)
    {
        var inputs = Recording.Tensors(name, "inputs.safetensors");
        var options = (WanImageToVideoGenerationOptions)RecordedPipelineFolder.Options(name, new WanImageToVideoGenerationOptions());
        return options with
        {
            PromptEmbeds = inputs["prompt_embeds"],
            NegativePromptEmbeds = inputs["negative_prompt_embeds"],
            Latents = inputs["latents"],
            Image = inputs["image"],
            LastImage = name == FirstAndLast ? inputs["last_image"] : null,
            ImageEmbeds = inputs.GetValueOrDefault("image_embeds"),
        };
    }
}

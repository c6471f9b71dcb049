using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>
/// The folder of a recorded pipeline, to which text encoders of seeded random weights and tokenizers are added, which recordings leave out: as a whole
/// pipeline's folder on the Hub. Deleted with it.
/// </summary>
internal sealed class RecordedPipelineFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("recorded-pipeline-").FullName;

    /// <param name="name">The recording.</param>
    public RecordedPipelineFolder(string name)
    {
        Copy(Recording.PathOf(name, "model"), _path);
        var index = JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(_path, "model_index.json")))!.AsObject();
        var transformer = JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(_path, "transformer", "config.json")))!;
        switch (index["_class_name"]!.GetValue<string>())
        {
            case nameof(FluxPipeline):
                AddT5("_2", transformer["joint_attention_dim"]!.GetValue<int>());
                AddClip(transformer["pooled_projection_dim"]!.GetValue<int>());
                break;
            case nameof(WanPipeline) or nameof(WanImageToVideoPipeline):
                AddT5("", transformer["text_dim"]!.GetValue<int>(), "umt5-tiny", T5EncoderModelConfig.Umt5ClassName);
                if (transformer["image_dim"]?.GetValue<int>() is { } pictures)
                    AddVision(pictures);
                break;
            default:
                AddT5("", (transformer["caption_channels"] ?? transformer["text_embed_dim"])!.GetValue<int>());
                break;
        }
        File.WriteAllText(System.IO.Path.Combine(_path, "model_index.json"), index.ToJsonString());

        void AddT5(string suffix, int width, string golden = "t5-v1_1-tiny", string className = nameof(T5EncoderModel))
        {
            Copy(Recording.PathOf("t5-tokenizer-tiny"), System.IO.Path.Combine(_path, "tokenizer" + suffix));
            var tokens = T5Tokenizer.FromPretrained(System.IO.Path.Combine(_path, "tokenizer" + suffix)).VocabSize;
            var config = T5EncoderModelConfig.FromFile(Recording.PathOf(golden, "model", "config.json")) with { DModel = width, VocabSize = tokens };
            manual_seed(20);
            using var model = T5EncoderModel.FromConfig(config);
            model.SavePretrained(System.IO.Path.Combine(_path, "text_encoder" + suffix));
            index["tokenizer" + suffix] = new JsonArray("transformers", "T5TokenizerFast");
            index["text_encoder" + suffix] = new JsonArray("transformers", className);
        }

        // A token of its own, and four patches.
        void AddVision(int width)
        {
            const int Edge = 8;
            var config = CLIPVisionConfig.FromFile(Recording.PathOf("clip-vision-tiny", "model", "config.json")) with
            {
                HiddenSize = width,
                NumAttentionHeads = 2,
                ImageSize = Edge,
                PatchSize = Edge / 2,
            };
            manual_seed(20);
            using var model = CLIPVisionModel.FromConfig(config);
            model.SavePretrained(System.IO.Path.Combine(_path, "image_encoder"));
            Directory.CreateDirectory(System.IO.Path.Combine(_path, "image_processor"));
            File.WriteAllText(System.IO.Path.Combine(_path, "image_processor", "preprocessor_config.json"), $$"""{"crop_size": {{Edge}}, "size": {{Edge}}}""");
            index["image_encoder"] = new JsonArray("transformers", nameof(CLIPVisionModel));
            index["image_processor"] = new JsonArray("transformers", nameof(CLIPImageProcessor));
        }

        void AddClip(int width)
        {
            Copy(Recording.PathOf("clip-tokenizer-tiny"), System.IO.Path.Combine(_path, "tokenizer"));
            var tokens = CLIPTokenizer.FromPretrained(System.IO.Path.Combine(_path, "tokenizer")).VocabSize;
            var config = CLIPTextModelConfig.FromFile(Recording.PathOf("clip-text-tiny", "model", "config.json")) with { HiddenSize = width, NumAttentionHeads = 2, VocabSize = tokens };
            manual_seed(20);
            using var model = CLIPTextModel.FromConfig(config);
            model.SavePretrained(System.IO.Path.Combine(_path, "text_encoder"));
            index["tokenizer"] = new JsonArray("transformers", nameof(CLIPTokenizer));
            index["text_encoder"] = new JsonArray("transformers", nameof(CLIPTextModel));
        }
    }

    /// <summary>Where it is.</summary>
    public string Path => _path;

    /// <summary>Where a file or a folder in it is.</summary>
    public string this[string name] => System.IO.Path.Combine(_path, name);

    public void Dispose() => Directory.Delete(_path, recursive: true);

    /// <summary>The arguments of the recording's first generation that are numbers, as options of its pipeline.</summary>
    public static GenerationOptions Options(string name, GenerationOptions options)
    {
        var arguments = Recording.Json(name, "run.json").GetProperty("cases").EnumerateObject().First().Value.GetProperty("arguments");
        var sized = options with { Height = Number("height"), Width = Number("width"), NumInferenceSteps = 4, Seed = 3 };
        return sized is VideoGenerationOptions video
            ? video with { NumFrames = arguments.TryGetProperty("num_frames", out var frames) || arguments.TryGetProperty("video_length", out frames) ? frames.GetInt32() : null }
            : sized;

        int Number(string key) => arguments.GetProperty(key).GetInt32();
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, System.IO.Path.Combine(to, System.IO.Path.GetFileName(file)));
        foreach (var folder in Directory.GetDirectories(from))
            Copy(folder, System.IO.Path.Combine(to, System.IO.Path.GetFileName(folder)));
    }
}

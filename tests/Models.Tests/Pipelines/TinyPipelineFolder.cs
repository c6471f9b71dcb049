using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>
/// The folder of a CogVideoX pipeline as diffusers saves it, of tiny parts: recorded transformer, autoencoder, tokenizer and scheduler
/// settings, and a text encoder of seeded random weights that is as wide as the transformer asks for. Deleted with it.
/// </summary>
internal sealed class TinyPipelineFolder : IDisposable
{
    /// <param name="transformer">The recording to take the transformer of.</param>
    /// <param name="trace">The denoising run, of 2b or 5b, to take the scheduler of.</param>
    /// <param name="config">A transformer of seeded random weights instead of the recorded one.</param>
    public TinyPipelineFolder(
        string transformer = "cogvideox-2b-tiny",
        string trace = "cogvideox-2b-tiny/traces/none_ddim20.json",
        CogVideoXTransformer3DModelConfig? config = null)
    {
        Copy("vae-cogvideox-tiny/model", "vae");
        Copy("t5-tokenizer-tiny", "tokenizer");
        if (config is null)
            Copy(transformer + "/model", "transformer");
        else
            Save(() => CogVideoXTransformer3DModel.FromConfig(config), model => model.SavePretrained(this["transformer"]));
        SaveTextEncoder(config ?? CogVideoXTransformer3DModelConfig.FromFile(this["transformer/config.json"]));

        var scheduler = JsonNode.Parse(File.ReadAllText(Golden(trace)))!["scheduler"]!;
        var settings = scheduler["config"]!.AsObject();
        settings["_class_name"] = scheduler["class"]!.DeepClone();
        Write("scheduler/scheduler_config.json", settings);
        Write("model_index.json", new JsonObject
        {
            ["_class_name"] = nameof(CogVideoXPipeline),
            ["_diffusers_version"] = "0.40.0.dev0",
            ["scheduler"] = new JsonArray("diffusers", scheduler["class"]!.DeepClone()),
            ["text_encoder"] = new JsonArray("transformers", nameof(T5EncoderModel)),
            ["tokenizer"] = new JsonArray("transformers", nameof(T5Tokenizer)),
            ["transformer"] = new JsonArray("diffusers", nameof(CogVideoXTransformer3DModel)),
            ["vae"] = new JsonArray("diffusers", nameof(AutoencoderKLCogVideoX)),
        });
    }

    /// <summary>Where it is.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("tiny-pipeline-").FullName;

    /// <summary>The path of something in it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Changes a JSON file.</summary>
    public void Edit(string name, Action<JsonObject> edit)
    {
        var json = JsonNode.Parse(File.ReadAllText(this[name]))!.AsObject();
        edit(json);
        Write(name, json);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static string Golden(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "Goldens", name);

    private void SaveTextEncoder(CogVideoXTransformer3DModelConfig transformer)
    {
        var config = T5EncoderModelConfig.FromFile(Golden("t5-v1_1-tiny/model/config.json")) with
        {
            DModel = transformer.TextEmbedDim,
            VocabSize = T5Tokenizer.FromPretrained(this["tokenizer"]).VocabSize,
        };
        Save(() => T5EncoderModel.FromConfig(config), model => model.SavePretrained(this["text_encoder"]));
    }

    private static void Save<TModel>(Func<TModel> build, Action<TModel> save)
        where TModel : nn.Module
    {
        manual_seed(20);
        using var model = build();
        save(model);
    }

    private void Copy(string golden, string part)
    {
        Directory.CreateDirectory(this[part]);
        foreach (var file in Directory.GetFiles(Golden(golden)))
            File.Copy(file, System.IO.Path.Combine(this[part], System.IO.Path.GetFileName(file)));
    }

    private void Write(string name, JsonObject json)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[name])!);
        File.WriteAllText(this[name], json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }
}

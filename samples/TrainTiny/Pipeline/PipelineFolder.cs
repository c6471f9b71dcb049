using System.Text.Json;
using Afterimage;
using Afterimage.Models;
using TorchSharp.Modules;
using TrainTiny.Training;
using static TorchSharp.torch;

namespace TrainTiny.Pipeline;

/// <summary>The folder of a pipeline as diffusers saves it, which what is trained goes into, and what training keeps beside it.</summary>
internal sealed class PipelineFolder(string path)
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>Where it is.</summary>
    public string Path { get; } = path;

    /// <summary>Where the state of training and its sample films are: no part of the pipeline.</summary>
    public string Training => this["training"];

    /// <summary>The settings of the noise that the denoiser is trained to take off.</summary>
    public static CogVideoXDDIMScheduler Scheduler { get; } = new(new CogVideoXSchedulerConfig
    {
        PredictionType = "v_prediction",
        RescaleBetasZeroSnr = true,
        SnrShiftScale = 1,
        TimestepSpacing = "trailing",
        ClipSample = false,
    });

    private string this[string part] => System.IO.Path.Combine(Path, part);

    /// <summary>Writes what needs no training: index, scheduler and tokenizer.</summary>
    public void WriteSettings()
    {
        Directory.CreateDirectory(Path);
        WholeFile.WriteText(this["model_index.json"], JsonSerializer.Serialize(
            new Dictionary<string, object>
            {
                ["_class_name"] = nameof(CogVideoXPipeline),
                ["scheduler"] = (string[])["diffusers", nameof(CogVideoXDDIMScheduler)],
                ["text_encoder"] = (string[])["transformers", nameof(T5EncoderModel)],
                ["tokenizer"] = (string[])["transformers", nameof(T5Tokenizer)],
                ["transformer"] = (string[])["diffusers", nameof(CogVideoXTransformer3DModel)],
                ["vae"] = (string[])["diffusers", nameof(AutoencoderKLCogVideoX)],
            },
            s_indented));
        Scheduler.SavePretrained(this["scheduler"]);
        TokenizerWriter.Write(this["tokenizer"]);
    }

    /// <summary>The tokenizer that was written.</summary>
    public T5Tokenizer Tokenizer => T5Tokenizer.FromPretrained(this["tokenizer"]);

    /// <summary>Saves the averaged weights of a trained autoencoder in half precision.</summary>
    public void SaveAutoencoder(AutoencoderKLCogVideoXConfig config, TrainedWeights weights)
    {
        using var half = AutoencoderKLCogVideoX.FromConfig(config, dtype: ScalarType.Float16);
        weights.CopyAverageTo(half.parameters());
        half.SavePretrained(this["vae"]);
    }

    /// <summary>Saves the averaged weights of a trained transformer and its text encoder in half precision.</summary>
    public void SaveDenoiser(Architecture architecture, TrainedWeights weights)
    {
        using var transformer = CogVideoXTransformer3DModel.FromConfig(architecture.Transformer, dtype: ScalarType.Float16);
        using var textEncoder = T5EncoderModel.FromConfig(architecture.TextEncoder, dtype: ScalarType.Float16);
        weights.CopyAverageTo([.. transformer.parameters(), .. textEncoder.parameters()]);
        transformer.SavePretrained(this["transformer"]);
        textEncoder.SavePretrained(this["text_encoder"]);
    }
}

using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class CogVideoXTransformer3DModel : IDiffusionTransformer
{
    (string Checkpoint, IScheduler Scheduler) IDiffusionTransformer.UsualScheduler => ("CogVideoX-2b", new CogVideoXDDIMScheduler(new()
    {
        ClipSample = false,
        PredictionType = "v_prediction",
        RescaleBetasZeroSnr = true,
        TimestepSpacing = "trailing",
    }));

    Tensor IDiffusionTransformer.Forward(KeywordArguments arguments)
    {
        arguments.Ignore("attention_kwargs", "return_dict");
        var rotary = arguments.OptionalExact("image_rotary_emb.0") is { } cos
            ? new RotaryEmbedding(cos, arguments.Exact("image_rotary_emb.1"))
            : null;
        return forward(
            arguments.Required("hidden_states"),
            arguments.Required("encoder_hidden_states"),
            arguments.Exact("timestep"),
            arguments.Optional("timestep_cond"),
            arguments.OptionalExact("ofs"),
            rotary);
    }

    /// <summary>Latents and a prompt of the size in the config.</summary>
    TransformerExample IDiffusionTransformer.Example(ScalarType dtype, Device device)
    {
        var depth = Config.PatchSizeT ?? 1;
        var frames = ((Config.SampleFrames - 1) / Config.TemporalCompressionRatio + depth) / depth * depth;
        var tokens = (double)frames / depth * ((double)Config.SampleHeight / Config.PatchSize) * ((double)Config.SampleWidth / Config.PatchSize);
        RunSize.CheckForward(
            $"sample_frames {Config.SampleFrames}, sample_height {Config.SampleHeight}, sample_width {Config.SampleWidth}, max_text_seq_length {Config.MaxTextSeqLength}",
            tokens + Config.MaxTextSeqLength, Config.InnerDim, dtype, device);
        var latents = randn([1, frames, Config.InChannels, Config.SampleHeight, Config.SampleWidth], dtype, device);
        var prompt = randn([2, Config.MaxTextSeqLength, Config.TextEmbedDim], dtype, device);
        var ofs = Config.OfsEmbedDim is null ? null : TensorArithmetic.Full([1], 2.0, dtype, device);
        var rotary = Config.UseRotaryPositionalEmbeddings
            ? PrepareRotaryPositionalEmbeddings(Config.SampleHeight * 8L, Config.SampleWidth * 8L, frames, device)
            : null;
        return new TransformerExample(latents, (long)tokens, (hidden, timestep) =>
        {
            using var times = TensorArithmetic.Full([hidden.shape[0]], timestep, ScalarType.Float32, device);
            using var text = prompt.narrow(0, 2 - hidden.shape[0], hidden.shape[0]);
            return forward(hidden, text, times, null, ofs, rotary);
        });
    }
}

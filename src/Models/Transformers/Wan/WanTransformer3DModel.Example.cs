using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class WanTransformer3DModel : IDiffusionTransformer
{
    /// <summary>Shifted as Wan 2.1 does for 480 rows.</summary>
    (string Checkpoint, IScheduler Scheduler) IDiffusionTransformer.UsualScheduler =>
        ("Wan 2.1", new UniPCMultistepScheduler(new() { PredictionType = "flow_prediction", UseFlowSigmas = true, FlowShift = 3.0 }));

    Tensor IDiffusionTransformer.Forward(KeywordArguments arguments)
    {
        arguments.Ignore("attention_kwargs", "return_dict");
        return forward(
            arguments.Required("hidden_states"),
            arguments.Exact("timestep"),
            arguments.Required("encoder_hidden_states"),
            arguments.Optional("encoder_hidden_states_image"));
    }

    /// <summary>81 frames of 832 × 480 pixels, or what the model has positions for.</summary>
    TransformerExample IDiffusionTransformer.Example(ScalarType dtype, Device device)
    {
        const int Text = 512, Image = 257;
        var (frames, rows, columns) = Config.PatchSize;
        long[] size = [Most(21, frames), Most(60, rows), Most(104, columns)];
        var tokens = size[0] / frames * (size[1] / rows) * (size[2] / columns);
        RunSize.CheckForward($"{size[0]} × {size[1]} × {size[2]} latents", tokens, Config.InnerDim, dtype, device);
        var latents = randn([1, Config.InChannels, .. size], dtype, device);
        var prompt = randn([2, Text, Config.TextDim], dtype, device);
        var image = Config.ImageDim is not { } width ? null : randn(Config.PosEmbedSeqLen is { } both ? [4, both / 2, width] : [2, Image, width], dtype, device);
        return new TransformerExample(latents, tokens, (hidden, timestep) =>
        {
            using var times = TensorArithmetic.Full([hidden.shape[0]], timestep, ScalarType.Float32, device);
            using var text = prompt.narrow(0, 2 - hidden.shape[0], hidden.shape[0]);
            // Channels beside the latents are a picture's, which no step changes.
            using var picture = image?.narrow(0, 0, image.size(0) / 2 * hidden.shape[0]);
            return forward(hidden, times, text, picture);
        });

        long Most(long length, long patch) => Math.Min(length / patch, Config.RopeMaxSeqLen) * patch;
    }
}

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
        var latents = randn([1, Math.Min(Config.InChannels, Config.Outputs), .. size], dtype, device);
        // Of image-to-video there are a mask's and a picture's, too, which no step changes.
        var beside = Config.InChannels > Config.Outputs ? randn([1, Config.InChannels - Config.Outputs, .. size], dtype, device) : null;
        var prompt = randn([2, Text, Config.TextDim], dtype, device);
        var image = Config.ImageDim is not { } width ? null : randn(Config.PosEmbedSeqLen is { } both ? [4, both / 2, width] : [2, Image, width], dtype, device);
        return new TransformerExample(latents, tokens, (hidden, timestep) =>
        {
            using var scope = NewDisposeScope();
            var batch = hidden.shape[0];
            var input = beside is null ? hidden : cat([hidden, beside.expand(batch, -1, -1, -1, -1)], 1);
            var times = TensorArithmetic.Full([batch], timestep, ScalarType.Float32, device);
            return forward(input, times, prompt.narrow(0, 2 - batch, batch), image?.narrow(0, 0, image.size(0) / 2 * batch)).MoveToOuterDisposeScope();
        });

        long Most(long length, long patch) => Math.Min(length / patch, Config.RopeMaxSeqLen) * patch;
    }
}

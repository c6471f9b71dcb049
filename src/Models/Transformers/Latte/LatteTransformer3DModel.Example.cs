using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class LatteTransformer3DModel : IDiffusionTransformer
{
    private const long PromptTokens = 120;

    (string Checkpoint, IScheduler Scheduler) IDiffusionTransformer.UsualScheduler => ("Latte-1", new DDIMScheduler(new() { ClipSample = false }));

    Tensor IDiffusionTransformer.Forward(KeywordArguments arguments)
    {
        arguments.Ignore("return_dict");
        return forward(
            arguments.Required("hidden_states"),
            arguments.Exact("timestep"),
            arguments.Required("encoder_hidden_states"),
            arguments.Optional("encoder_attention_mask"),
            arguments.Flag("enable_temporal_attentions", otherwise: true));
    }

    /// <summary>Latents of the size in the config.</summary>
    TransformerExample IDiffusionTransformer.Example(ScalarType dtype, Device device)
    {
        var side = (double)Config.SampleSize / Config.PatchSize;
        var tokens = Config.VideoLength * side * side;
        RunSize.CheckForward($"video_length {Config.VideoLength}, sample_size {Config.SampleSize}", tokens, Config.InnerDim, dtype, device);
        var latents = randn([1, Config.InChannels, Config.VideoLength, Config.SampleSize, Config.SampleSize], dtype, device);
        var prompt = randn([2, PromptTokens, Config.CaptionChannels], dtype, device);
        return new TransformerExample(latents, (long)tokens, (hidden, timestep) =>
        {
            using var scope = NewDisposeScope();
            var times = TensorArithmetic.Full([hidden.shape[0]], timestep, ScalarType.Float32, device);
            var text = prompt.narrow(0, 2 - hidden.shape[0], hidden.shape[0]);
            // The second half of the channels may be a variance, which pipelines drop.
            return forward(hidden, times, text, null, true).narrow(1, 0, Config.InChannels).MoveToOuterDisposeScope();
        });
    }
}

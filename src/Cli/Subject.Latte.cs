using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli;

internal sealed partial record Subject
{
    private const long LattePromptTokens = 120;

    private static Subject Latte(LatteTransformer3DModel model, ScalarType dtype, Device device, SchedulerFile? own)
    {
        var config = model.Config;
        var side = (double)config.SampleSize / config.PatchSize;
        CheckSize($"video_length {config.VideoLength}, sample_size {config.SampleSize}", config.VideoLength * side * side, config.InnerDim, dtype, device);
        var latents = randn([1, config.InChannels, config.VideoLength, config.SampleSize, config.SampleSize], dtype, device);
        var prompt = randn([2, LattePromptTokens, config.CaptionChannels], dtype, device);
        return new Subject(nameof(LatteTransformer3DModel), model, model, latents, (hidden, timestep) =>
        {
            using var scope = NewDisposeScope();
            var times = TensorArithmetic.Full([hidden.shape[0]], timestep, ScalarType.Float32, device);
            var text = prompt.narrow(0, 2 - hidden.shape[0], hidden.shape[0]);
            // The second half of the channels may be a variance, which pipelines drop.
            return model.forward(hidden, times, text, null, true).narrow(1, 0, config.InChannels).MoveToOuterDisposeScope();
        }, steps => PipelineScheduler.Latte(own, steps));
    }
}

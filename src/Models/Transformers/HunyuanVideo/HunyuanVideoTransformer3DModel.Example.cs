using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class HunyuanVideoTransformer3DModel : IDiffusionTransformer
{
    (string Checkpoint, IScheduler Scheduler) IDiffusionTransformer.UsualScheduler =>
        ("HunyuanVideo", new FlowMatchEulerDiscreteScheduler(new() { Shift = 7.0 }));

    /// <summary>Hunyuan Video's pipeline spaces σ itself, from 1 to 1 / steps.</summary>
    ScheduleRequest IDiffusionTransformer.ScheduleOf(IScheduler scheduler, int steps, long tokens) => ScheduleRequest.ByTokens(scheduler, steps, tokens);

    Tensor IDiffusionTransformer.Forward(KeywordArguments arguments)
    {
        arguments.Ignore("attention_kwargs", "return_dict");
        return forward(
            arguments.Required("hidden_states"),
            arguments.Exact("timestep"),
            arguments.Required("encoder_hidden_states"),
            arguments.Exact("encoder_attention_mask"),
            arguments.Required("pooled_projections"),
            arguments.OptionalExact("guidance"));
    }

    /// <summary>129 frames of 1280 × 720 pixels; the caches of a run see one call a step, as guidance is distilled into the model.</summary>
    TransformerExample IDiffusionTransformer.Example(ScalarType dtype, Device device)
    {
        const int Text = 256;
        long patch = Config.PatchSize, depth = Config.PatchSizeT;
        long[] grid = [Math.Max(33 / depth, 1), Math.Max(90 / patch, 1), Math.Max(160 / patch, 1)];
        long[] size = [grid[0] * depth, grid[1] * patch, grid[2] * patch];
        var tokens = grid[0] * grid[1] * grid[2];
        RunSize.CheckForward($"{size[0]} × {size[1]} × {size[2]} latents", tokens + Text, Config.InnerDim, dtype, device);
        var latents = randn([1, Config.InChannels, .. size], dtype, device);
        var prompt = randn([1, Text, Config.TextEmbedDim], dtype, device);
        var pooled = randn([1, Config.PooledProjectionDim], dtype, device);
        var mask = ones([1, Text], ScalarType.Int64, device);
        var guidance = Config.GuidanceEmbeds ? TensorArithmetic.Full([1], 6000.0, ScalarType.Float32, device) : null;
        return new TransformerExample(latents, tokens, (hidden, timestep) =>
        {
            using var scope = NewDisposeScope();
            var batch = hidden.shape[0];
            var times = TensorArithmetic.Full([batch], timestep, ScalarType.Float32, device);
            var (text, textMask, pooledText) = (prompt.expand(batch, -1, -1), mask.expand(batch, -1), pooled.expand(batch, -1));
            // Channels beside the latents are an image's, which no step changes.
            return forward(hidden, times, text, textMask, pooledText, guidance).MoveToOuterDisposeScope();
        });
    }
}

using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli;

/// <summary>The inputs that each model is made for.</summary>
internal sealed partial record Subject
{
    /// <summary>Latents and a prompt of the size in the model's config.</summary>
    public static Subject CogVideoX(CogVideoXTransformer3DModel model, ScalarType dtype, Device device, SchedulerFile? own = null)
    {
        var config = model.Config;
        var depth = config.PatchSizeT ?? 1;
        var frames = ((config.SampleFrames - 1) / config.TemporalCompressionRatio + depth) / depth * depth;
        var tokens = (double)frames / depth * ((double)config.SampleHeight / config.PatchSize) * ((double)config.SampleWidth / config.PatchSize) + config.MaxTextSeqLength;
        CheckSize(
            $"sample_frames {config.SampleFrames}, sample_height {config.SampleHeight}, sample_width {config.SampleWidth}, max_text_seq_length {config.MaxTextSeqLength}",
            tokens, config.InnerDim, dtype, device);
        var latents = randn([1, frames, config.InChannels, config.SampleHeight, config.SampleWidth], dtype, device);
        var prompt = randn([2, config.MaxTextSeqLength, config.TextEmbedDim], dtype, device);
        var ofs = config.OfsEmbedDim is null ? null : TensorArithmetic.Full([1], 2.0, dtype, device);
        var rotary = config.UseRotaryPositionalEmbeddings
            ? model.PrepareRotaryPositionalEmbeddings(config.SampleHeight * 8L, config.SampleWidth * 8L, frames, device)
            : null;
        return new Subject(nameof(CogVideoXTransformer3DModel), model, model, latents, (hidden, timestep) =>
        {
            using var times = TensorArithmetic.Full([hidden.shape[0]], timestep, ScalarType.Float32, device);
            using var text = prompt.narrow(0, 2 - hidden.shape[0], hidden.shape[0]);
            return model.forward(hidden, text, times, null, ofs, rotary);
        }, steps => PipelineScheduler.CogVideoX(own, steps));
    }

    /// <summary>1024 × 1024 pixels; the caches of a run see one call a step, as with guidance distilled into the model.</summary>
    private static Subject Flux(FluxTransformer2DModel model, ScalarType dtype, Device device, SchedulerFile? own = null)
    {
        const int Side = 64, Text = 512;
        var config = model.Config;
        CheckSize($"{Side} × {Side} latents", Side * Side + Text, config.InnerDim, dtype, device);
        var latents = randn([1, Side * Side, config.InChannels], dtype, device);
        var prompt = randn([1, Text, config.JointAttentionDim], dtype, device);
        var pooled = randn([1, config.PooledProjectionDim], dtype, device);
        var guidance = config.GuidanceEmbeds ? TensorArithmetic.Full([1], 3.5, ScalarType.Float32, device) : null;
        var ids = FluxPositionIds.Prepare(Text, Side, Side, device);
        return new Subject(nameof(FluxTransformer2DModel), model, model, latents, (hidden, timestep) =>
        {
            using var times = TensorArithmetic.Full([hidden.shape[0]], timestep / 1000, ScalarType.Float32, device);
            using var text = prompt.expand(hidden.shape[0], -1, -1);
            using var pooledText = pooled.expand(hidden.shape[0], -1);
            return model.forward(hidden, text, pooledText, times, guidance, ids);
        }, steps => PipelineScheduler.Flux(own, steps, Side * Side));
    }

    /// <summary>81 frames of 832 × 480 pixels, or what the model has positions for.</summary>
    private static Subject Wan(WanTransformer3DModel model, ScalarType dtype, Device device, SchedulerFile? own = null)
    {
        const int Text = 512;
        var config = model.Config;
        var (frames, rows, columns) = config.PatchSize;
        long[] size = [Most(21, frames), Most(60, rows), Most(104, columns)];
        CheckSize($"{size[0]} × {size[1]} × {size[2]} latents", (double)size[0] / frames * (size[1] / rows) * (size[2] / columns), config.InnerDim, dtype, device);
        var latents = randn([1, config.InChannels, .. size], dtype, device);
        var prompt = randn([2, Text, config.TextDim], dtype, device);
        return new Subject(nameof(WanTransformer3DModel), model, model, latents, (hidden, timestep) =>
        {
            using var times = TensorArithmetic.Full([hidden.shape[0]], timestep, ScalarType.Float32, device);
            using var text = prompt.narrow(0, 2 - hidden.shape[0], hidden.shape[0]);
            return model.forward(hidden, times, text);
        }, steps => PipelineScheduler.Wan(own, steps));

        long Most(long length, long patch) => Math.Min(length / patch, config.RopeMaxSeqLen) * patch;
    }

    /// <summary>Refuses inputs on the CPU whose forward, with guidance in the batch, does not fit into memory.</summary>
    private static void CheckSize(string what, double tokens, long width, ScalarType dtype, Device device)
    {
        if (device.type == TorchSharp.DeviceType.CPU)
            MemoryEstimate.Require(what, RunSize.OfForward(2 * tokens, width, ModelSize.BytesOf(dtype)), "a forward", "check the config, or take a smaller type");
    }
}

using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class FluxTransformer2DModel : IDiffusionTransformer
{
    (string Checkpoint, IScheduler Scheduler) IDiffusionTransformer.UsualScheduler =>
        ("FLUX.1-dev", new FlowMatchEulerDiscreteScheduler(new() { Shift = 3.0, UseDynamicShifting = true }));

    /// <summary>Flux's pipeline spaces σ itself, from 1 to 1 / steps, and shifts by the number of tokens.</summary>
    ScheduleRequest IDiffusionTransformer.ScheduleOf(IScheduler scheduler, int steps, long tokens) => ScheduleRequest.ByTokens(scheduler, steps, tokens);

    Tensor IDiffusionTransformer.Forward(KeywordArguments arguments)
    {
        arguments.Ignore("joint_attention_kwargs", "return_dict");
        var ids = new FluxPositionIds(arguments.Exact("txt_ids"), arguments.Exact("img_ids"));
        return forward(
            arguments.Required("hidden_states"),
            arguments.Required("encoder_hidden_states"),
            arguments.Required("pooled_projections"),
            arguments.Exact("timestep"),
            arguments.OptionalExact("guidance"),
            ids);
    }

    /// <summary>1024 × 1024 pixels; the caches of a run see one call a step, as with guidance distilled into the model.</summary>
    TransformerExample IDiffusionTransformer.Example(ScalarType dtype, Device device)
    {
        const int Side = 64, Text = 512;
        RunSize.CheckForward($"{Side} × {Side} latents", Side * Side + Text, Config.InnerDim, dtype, device);
        var latents = randn([1, Side * Side, Config.InChannels], dtype, device);
        var prompt = randn([1, Text, Config.JointAttentionDim], dtype, device);
        var pooled = randn([1, Config.PooledProjectionDim], dtype, device);
        var guidance = Config.GuidanceEmbeds ? TensorArithmetic.Full([1], 3.5, ScalarType.Float32, device) : null;
        var ids = FluxPositionIds.Prepare(Text, Side, Side, device);
        return new TransformerExample(latents, Side * Side, (hidden, timestep) =>
        {
            using var times = TensorArithmetic.Full([hidden.shape[0]], timestep / 1000, ScalarType.Float32, device);
            using var text = prompt.expand(hidden.shape[0], -1, -1);
            using var pooledText = pooled.expand(hidden.shape[0], -1);
            return forward(hidden, text, pooledText, times, guidance, ids);
        });
    }
}

using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class MochiTransformer3DModel : IDiffusionTransformer
{
    (string Checkpoint, IScheduler Scheduler) IDiffusionTransformer.UsualScheduler =>
        ("mochi-1-preview", new FlowMatchEulerDiscreteScheduler(new() { InvertSigmas = true }));

    /// <summary>Mochi's pipeline spaces σ itself.</summary>
    ScheduleRequest IDiffusionTransformer.ScheduleOf(IScheduler scheduler, int steps, long tokens) =>
        scheduler is FlowMatchEulerDiscreteScheduler ? new() { Sigmas = LinearQuadraticSigmas(steps) } : ScheduleRequest.Of(steps);

    /// <summary>Mochi counts up, and its pipeline tells caches the other number.</summary>
    double IDiffusionTransformer.CacheTimestep(double timestep) => 1000 - timestep;

    Tensor IDiffusionTransformer.Forward(KeywordArguments arguments)
    {
        arguments.Ignore("attention_kwargs", "return_dict");
        return forward(
            arguments.Required("hidden_states"),
            arguments.Required("encoder_hidden_states"),
            arguments.Exact("timestep"),
            arguments.Exact("encoder_attention_mask"));
    }

    /// <summary>84 frames of 848 × 480 pixels.</summary>
    TransformerExample IDiffusionTransformer.Example(ScalarType dtype, Device device)
    {
        // What whole patches there are in 14 frames of 60 × 106.
        long patch = Config.PatchSize;
        var (frames, rows, columns) = (14L, Math.Max(60 / patch, 1), Math.Max(106 / patch, 1));
        var (tokens, text) = (frames * rows * columns, Config.MaxSequenceLength);
        RunSize.CheckForward(
            $"{frames} × {rows * patch} × {columns * patch} latents, max_sequence_length {text}", (double)tokens + text, Config.InnerDim, dtype, device);
        var latents = randn([1, Config.InChannels, frames, rows * patch, columns * patch], dtype, device);
        var prompt = randn([2, text, Config.TextEmbedDim], dtype, device);
        var mask = ones([2, text], ScalarType.Bool, device);
        return new TransformerExample(latents, tokens, (hidden, timestep) =>
        {
            var batch = hidden.shape[0];
            using var times = TensorArithmetic.Full([batch], timestep, ScalarType.Float32, device);
            using var half = prompt.narrow(0, 2 - batch, batch);
            using var halfMask = mask.narrow(0, 2 - batch, batch);
            return forward(hidden, half, times, halfMask);
        });
    }

    /// <summary>
    /// σ falls by the same small steps in the first half, and by ever larger ones after it. Source: diffusers
    /// <c>pipelines/mochi/pipeline_mochi.py</c> (linear_quadratic_schedule, with its threshold of noise).
    /// </summary>
    private static double[] LinearQuadraticSigmas(int steps)
    {
        const double Threshold = 0.025;
        var linear = steps / 2;
        if (linear == 0)
            return [1.0]; // a single step, of which diffusers makes a division by zero
        var quadratic = steps - linear;
        var difference = linear - Threshold * steps;
        var square = difference / (linear * Math.Pow(quadratic, 2));
        var slope = Threshold / linear - 2 * difference / Math.Pow(quadratic, 2);
        var offset = square * Math.Pow(linear, 2);
        return
        [
            .. Enumerable.Range(0, linear).Select(i => 1.0 - i * Threshold / linear),
            .. Enumerable.Range(linear, quadratic).Select(i => 1.0 - (square * Math.Pow(i, 2) + slope * i + offset)),
        ];
    }
}

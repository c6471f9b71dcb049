using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class LTXVideoTransformer3DModel : IDiffusionTransformer
{
    (string Checkpoint, IScheduler Scheduler) IDiffusionTransformer.UsualScheduler => ("LTX-Video", new FlowMatchEulerDiscreteScheduler(new()
    {
        UseDynamicShifting = true,
        BaseShift = 0.95,
        MaxShift = 2.05,
        BaseImageSeqLen = 1024,
        MaxImageSeqLen = 4096,
        ShiftTerminal = 0.1,
    }));

    /// <summary>LTX's pipeline spaces σ itself, from 1 to 1 / steps, and shifts by the number of tokens.</summary>
    ScheduleRequest IDiffusionTransformer.ScheduleOf(IScheduler scheduler, int steps, long tokens) => ScheduleRequest.ByTokens(scheduler, steps, tokens);

    Tensor IDiffusionTransformer.Forward(KeywordArguments arguments)
    {
        arguments.Ignore("attention_kwargs", "return_dict");
        var (frames, height, width) = (arguments.Number("num_frames"), arguments.Number("height"), arguments.Number("width"));
        var scale = arguments.Numbers("rope_interpolation_scale");
        var grid = new LTXVideoGrid((long)(frames ?? 0), (long)(height ?? 0), (long)(width ?? 0), scale is null ? null : (scale[0], scale[1], scale[2]));
        return forward(
            arguments.Required("hidden_states"),
            arguments.Required("encoder_hidden_states"),
            arguments.Exact("timestep"),
            arguments.Optional("encoder_attention_mask"),
            grid,
            arguments.OptionalExact("video_coords"));
    }

    /// <summary>121 frames of 704 × 480 pixels, 25 of them a second.</summary>
    TransformerExample IDiffusionTransformer.Example(ScalarType dtype, Device device)
    {
        const int Text = 128;
        var grid = new LTXVideoGrid(16, 15, 22, (8 / 25.0, 32, 32));
        var tokens = (long)grid.Tokens;
        RunSize.CheckForward($"{grid.NumFrames} × {grid.Height} × {grid.Width} latents", tokens, Config.InnerDim, dtype, device);
        var latents = randn([1, tokens, Config.InChannels], dtype, device);
        var prompt = randn([2, Text, Config.CaptionChannels], dtype, device);
        var mask = ones([2, Text], ScalarType.Bool, device);
        return new TransformerExample(latents, tokens, (hidden, timestep) =>
        {
            var rows = hidden.shape[0];
            using var times = TensorArithmetic.Full([rows], timestep, ScalarType.Float32, device);
            using var text = prompt.narrow(0, 2 - rows, rows);
            using var textMask = mask.narrow(0, 2 - rows, rows);
            return forward(hidden, text, times, textMask, grid, null);
        });
    }
}

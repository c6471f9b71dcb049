using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class AllegroTransformer3DModel : IDiffusionTransformer
{
    private const long PromptTokens = 512;

    /// <summary>Allegro comes with an ancestral Euler, which is not here; this one has its betas, and as few steps.</summary>
    (string Checkpoint, IScheduler Scheduler) IDiffusionTransformer.UsualScheduler => ("Allegro", new DDIMScheduler(new() { ClipSample = false }));

    Tensor IDiffusionTransformer.Forward(KeywordArguments arguments)
    {
        arguments.Ignore("return_dict");
        var rotary = arguments.OptionalExact("image_rotary_emb.0.0.0") is null ? null : OfTables(
            [.. Enumerable.Range(0, Axes).Select(axis => (arguments.Exact($"image_rotary_emb.0.{axis}.0"), arguments.Exact($"image_rotary_emb.0.{axis}.1")))],
            [.. Enumerable.Range(0, Axes).Select(axis => arguments.Exact($"image_rotary_emb.1.{axis}"))]);
        return forward(
            arguments.Required("hidden_states"),
            arguments.Required("encoder_hidden_states"),
            arguments.Exact("timestep"),
            arguments.Optional("attention_mask"),
            arguments.Optional("encoder_attention_mask"),
            rotary);
    }

    /// <summary>Latents of the size in the config, of whole patches.</summary>
    TransformerExample IDiffusionTransformer.Example(ScalarType dtype, Device device)
    {
        long patch = Config.PatchSize, depth = Config.PatchSizeT;
        long[] size = [Whole(Config.SampleFrames, depth), Whole(Config.SampleHeight, patch), Whole(Config.SampleWidth, patch)];
        var tokens = size[0] * (size[1] / patch) * (size[2] / patch);
        RunSize.CheckForward(
            $"sample_frames {Config.SampleFrames}, sample_height {Config.SampleHeight}, sample_width {Config.SampleWidth}", tokens, Config.InnerDim, dtype, device);
        var latents = randn([1, Config.InChannels, .. size], dtype, device);
        var prompt = randn([2, PromptTokens, Config.CaptionChannels], dtype, device);
        var mask = ones([2, PromptTokens], ScalarType.Int64, device);
        var rotary = Config.AttentionHeadDim % (2 * Axes) == 0
            ? PrepareRotaryPositionalEmbeddings(Config, size[1], size[2], size[0], device, vaeScaleFactor: 1)
            : null;
        return new TransformerExample(latents, tokens, (hidden, timestep) =>
        {
            using var scope = NewDisposeScope();
            var batch = hidden.shape[0];
            var times = TensorArithmetic.Full([batch], timestep, ScalarType.Float32, device);
            return forward(hidden, prompt.narrow(0, 2 - batch, batch), times, null, mask.narrow(0, 2 - batch, batch), rotary).MoveToOuterDisposeScope();
        });

        static long Whole(long length, long patch) => Math.Max(length / patch, 1) * patch;
    }
}

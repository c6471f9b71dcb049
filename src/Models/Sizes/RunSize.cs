using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>The least memory that a run of a transformer takes besides its weights, by arithmetic.</summary>
internal static class RunSize
{
    // What is there at once in a block: the tokens, their norm, and the feed-forward layer's four times as wide ones.
    private const int WidthsAtOnce = 6;

    /// <summary>The bytes of one forward.</summary>
    /// <param name="tokens">Of the whole batch.</param>
    /// <param name="width">Of a token.</param>
    /// <param name="bytes">Of a number.</param>
    public static double OfForward(double tokens, double width, int bytes) => WidthsAtOnce * tokens * width * bytes;

    /// <summary>Refuses inputs on the CPU whose forward, with guidance in the batch, does not fit into memory.</summary>
    /// <param name="what">The settings that make it large.</param>
    /// <param name="tokens">Without guidance.</param>
    /// <param name="width">Of a token.</param>
    /// <param name="dtype">Of the model.</param>
    /// <param name="device">Where it runs; the META device takes no memory.</param>
    /// <exception cref="InsufficientMemoryException">It does not fit.</exception>
    public static void CheckForward(string what, double tokens, long width, ScalarType dtype, Device device)
    {
        if (device.type == TorchSharp.DeviceType.CPU)
            MemoryEstimate.Require(what, OfForward(2 * tokens, width, ModelSize.BytesOf(dtype)), "a forward", "check the config, or take a smaller type");
    }

    /// <summary>Refuses a generation that does not fit into memory.</summary>
    /// <param name="request">Every size of it.</param>
    /// <param name="options">What was asked for.</param>
    /// <param name="transformer">The transformer's settings.</param>
    /// <param name="isOnCpu">Whether it runs in this process's memory, and not in a device's, of which only the film comes back.</param>
    /// <param name="available">What memory there is, if not the machine's.</param>
    /// <exception cref="InsufficientMemoryException">It does not fit.</exception>
    public static void Check(
        CogVideoXRequest request, CogVideoXGenerationOptions options, CogVideoXTransformer3DModelConfig transformer, bool isOnCpu, double? available = null)
    {
        const int Half = 2; // bytes of a number, in the smallest type there is
        var shape = request.LatentShape;
        var (batch, frames) = ((double)shape[0], (double)shape[1]);
        var film = $"{nameof(options.NumFrames)} {options.NumFrames ?? transformer.SampleFrames}, {nameof(request.Height)} {request.Height}, {nameof(request.Width)} {request.Width}"
            + (batch == 1 ? "" : $", {batch} films");
        var pixels = batch * (options.NumFrames ?? transformer.SampleFrames) * 3 * request.Height * (double)request.Width;
        MemoryEstimate.Require(film, pixels * (isOnCpu ? Half : 1), "the frames", "ask for fewer or smaller ones", available);
        if (!isOnCpu)
            return;

        double patch = transformer.PatchSize, depth = transformer.PatchSizeT ?? 1;
        var tokens = batch * (frames / depth * (shape[3] / patch) * (shape[4] / patch) + request.TextLength) * (request.IsGuided ? 2 : 1);
        MemoryEstimate.Require(
            $"{film}, {nameof(options.MaxSequenceLength)} {request.TextLength}", OfForward(tokens, transformer.InnerDim, Half),
            "a step of the transformer", "ask for fewer or smaller frames, or a shorter text", available);
        // Whole numbers of 8 bytes: how far every token is from every other, with sign and without.
        if (options.PromptEmbeds is null)
        {
            MemoryEstimate.Require(
                $"{nameof(options.MaxSequenceLength)} {request.TextLength}", 2 * 8.0 * request.TextLength * request.TextLength,
                "the text encoder", "ask for a shorter text", available);
        }
    }
}

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
    /// <param name="width">Of the transformer's tokens.</param>
    /// <param name="encodesText">Whether a prompt is encoded.</param>
    /// <param name="isOnCpu">Whether it runs in this process's memory, and not in a device's, of which only the film comes back.</param>
    /// <param name="available">What memory there is, if not the machine's.</param>
    /// <exception cref="InsufficientMemoryException">It does not fit.</exception>
    public static void Check(GenerationRequest request, long width, bool encodesText, bool isOnCpu, double? available = null)
    {
        const int Half = 2; // bytes of a number, in the smallest type there is
        double batch = request.Batch;
        var film = $"{nameof(VideoGenerationOptions.NumFrames)} {request.Frames}, {nameof(request.Height)} {request.Height}, {nameof(request.Width)} {request.Width}"
            + (batch == 1 ? "" : $", {batch} of them");
        var pixels = batch * request.Frames * 3 * request.Height * request.Width;
        MemoryEstimate.Require(film, pixels * (isOnCpu ? Half : 1), "the frames", "ask for fewer or smaller ones", available);
        if (!isOnCpu)
            return;

        var tokens = batch * (request.Tokens + request.TextLength) * (request.Layout == GuidanceLayout.Batched ? 2 : 1);
        MemoryEstimate.Require(
            $"{film}, {nameof(GenerationOptions.MaxSequenceLength)} {request.TextLength}", OfForward(tokens, width, Half),
            "a step of the transformer", "ask for fewer or smaller frames, or a shorter text", available);
        // Whole numbers of 8 bytes: how far every token is from every other, with sign and without.
        if (encodesText)
        {
            MemoryEstimate.Require(
                $"{nameof(GenerationOptions.MaxSequenceLength)} {request.TextLength}", 2 * 8.0 * request.TextLength * request.TextLength,
                "the text encoder", "ask for a shorter text", available);
        }
    }
}

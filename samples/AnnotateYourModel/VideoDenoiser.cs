using Afterimage;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AnnotateYourModel;

/// <summary>A small video transformer on latents: blocks within frames and blocks along time take turns.</summary>
[CacheableModel]
internal sealed partial class VideoDenoiser : Module<Tensor, Tensor, Tensor, Tensor>
{
    private const long Patch = 2;

    private readonly Conv2d patches;
    private readonly Parameter positions; // [1, P, D]
    private readonly Parameter moments; // [1, F, D]
    private readonly Sequential time_embedding;
    private readonly ModuleList<FrameBlock> frame_blocks = [];
    private readonly ModuleList<MotionBlock> motion_blocks = [];
    private readonly LayerNorm norm_out;
    private readonly Linear proj_out;

    public VideoDenoiser(long channels, long frames, long size, long width, long heads, int layers)
        : base(nameof(VideoDenoiser))
    {
        patches = Conv2d(channels, width, kernel_size: Patch, stride: Patch);
        positions = Parameter(randn([1, size / Patch * (size / Patch), width]).Times(0.1));
        moments = Parameter(randn([1, frames, width]).Times(0.1));
        time_embedding = Sequential(Linear(1, width), SiLU(), Linear(width, width), SiLU());
        for (var i = 0; i < layers; i++)
        {
            frame_blocks.Add(new FrameBlock(width, heads));
            motion_blocks.Add(new MotionBlock(width, heads));
        }
        norm_out = LayerNorm(width);
        proj_out = Linear(width, channels * Patch * Patch);
        RegisterComponents();
        eval();
    }

    /// <param name="latents">[B, C, F, H, W]</param>
    /// <param name="timestep">[B], from 0 to 1000</param>
    /// <param name="prompt">[B, T, D]</param>
    /// <returns>The velocity, as the latents. Owned by the caller.</returns>
    public override partial Tensor forward(
        [GuidanceBatch] Tensor latents, [GuidanceBatch] Tensor timestep, [GuidanceBatch] Tensor prompt);

    [CachedForward]
    private Tensor Compute(Tensor latents, Tensor timestep, Tensor prompt)
    {
        using var scope = NewDisposeScope();
        var (batch, frames) = (latents.size(0), latents.size(2));
        var grid = patches.call(latents.transpose(1, 2).flatten(0, 1)); // [B·F, D, h, w]
        var hidden = grid.flatten(2).transpose(1, 2).Plus(positions); // [B·F, P, D]
        var time = time_embedding.call(timestep.unsqueeze(1).Over(1000));
        var (frameTime, frameText) = (time.repeat_interleave(frames, 0), prompt.repeat_interleave(frames, 0));
        var positionTime = time.repeat_interleave(hidden.size(1), 0);

        hidden = Exchange(Exchange(hidden, batch).Plus(moments), batch);
        for (var i = 0; i < frame_blocks.Count; i++)
        {
            hidden = frame_blocks[i].call(hidden, frameText, frameTime);
            hidden = Exchange(motion_blocks[i].call(Exchange(hidden, batch), positionTime), batch);
        }

        var output = proj_out.call(norm_out.call(hidden)).transpose(1, 2).view(batch * frames, -1, grid.size(2), grid.size(3));
        return functional.pixel_shuffle(output, Patch).unflatten(0, batch, frames).transpose(1, 2).MoveToOuterDisposeScope();
    }

    // [B·F, P, D] to [B·P, F, D], and back
    private static Tensor Exchange(Tensor tokens, long batch) => tokens.unflatten(0, batch, -1).transpose(1, 2).flatten(0, 1);
}

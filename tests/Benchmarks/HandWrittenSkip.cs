using Afterimage.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Afterimage.Benchmarks;

/// <summary>CogVideoX with its loop over blocks deleted, and a tensor added that is already there: as one would write it for just that.</summary>
internal sealed class HandWrittenSkip(CogVideoXTransformer3DModelConfig config, long batch, long video)
{
    private readonly CogVideoXPatchEmbed _patches = new(config);
    private readonly Timesteps _frequencies = new(Dim(config), config.FlipSinToCos, config.FreqShift);
    private readonly TimestepEmbedding _time = new(Dim(config), config.TimeEmbedDim, config.TimestepActivationFn);
    private readonly LayerNorm _norm = nn.LayerNorm([Dim(config)], config.NormEps);
    private readonly AdaLayerNorm _normOut = new(config.TimeEmbedDim, Dim(config), config.NormElementwiseAffine, config.NormEps);
    private readonly Linear _out = nn.Linear(Dim(config), 4 * config.InChannels);
    private readonly Tensor _added = randn(batch, video, Dim(config));

    public Tensor Forward(Tensor latents, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var temb = _time.call(_frequencies.call(timesteps), null);
        var hidden = _patches.EmbedVideo(latents).Plus(_added);
        var output = _out.call(_normOut.call(_norm.call(hidden), temb));
        return StepModel.Unpatchified(output, latents).MoveToOuterDisposeScope();
    }

    private static long Dim(CogVideoXTransformer3DModelConfig config) => config.NumAttentionHeads * config.AttentionHeadDim;
}

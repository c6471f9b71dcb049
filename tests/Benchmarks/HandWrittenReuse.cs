using Afterimage.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Afterimage.Benchmarks;

/// <summary>CogVideoX with every attention replaced by a tensor that is already there, as one would write it for just that.</summary>
internal sealed class HandWrittenReuse
{
    private readonly CogVideoXPatchEmbed _patches;
    private readonly Timesteps _frequencies;
    private readonly TimestepEmbedding _time;
    private readonly Block[] _blocks;
    private readonly LayerNorm _norm;
    private readonly AdaLayerNorm _normOut;
    private readonly Linear _out;

    public HandWrittenReuse(CogVideoXTransformer3DModelConfig config, long batch, long video, long text)
    {
        long dim = config.NumAttentionHeads * config.AttentionHeadDim;
        _patches = new CogVideoXPatchEmbed(config);
        _frequencies = new Timesteps(dim, config.FlipSinToCos, config.FreqShift);
        _time = new TimestepEmbedding(dim, config.TimeEmbedDim, config.TimestepActivationFn);
        _blocks = [.. Enumerable.Range(0, config.NumLayers).Select(_ => new Block(config, dim, batch, video, text))];
        _norm = nn.LayerNorm([dim], config.NormEps);
        _normOut = new AdaLayerNorm(config.TimeEmbedDim, dim, config.NormElementwiseAffine, config.NormEps);
        _out = nn.Linear(dim, 4 * config.InChannels);
    }

    public Tensor Forward(Tensor latents, Tensor prompts, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var temb = _time.call(_frequencies.call(timesteps), null);
        var (hidden, encoder) = _patches.call(prompts, latents);
        foreach (var block in _blocks)
        {
            var (nextHidden, nextEncoder) = block.Forward(hidden, encoder, temb);
            hidden.Dispose();
            encoder.Dispose();
            (hidden, encoder) = (nextHidden, nextEncoder);
        }

        var output = _out.call(_normOut.call(_norm.call(hidden), temb));
        return StepModel.Unpatchified(output, latents).MoveToOuterDisposeScope();
    }

    private sealed class Block(CogVideoXTransformer3DModelConfig config, long dim, long batch, long video, long text)
    {
        private readonly CogVideoXLayerNormZero _norm1 = new(config.TimeEmbedDim, dim);
        private readonly CogVideoXLayerNormZero _norm2 = new(config.TimeEmbedDim, dim);
        private readonly FeedForward _feedForward = new(dim, activation: config.ActivationFn);
        private readonly Tensor _attended = randn(batch, video, dim);
        private readonly Tensor _attendedText = randn(batch, text, dim);

        public (Tensor, Tensor) Forward(Tensor hidden, Tensor encoder, Tensor temb)
        {
            using var scope = NewDisposeScope();
            var gates = _norm1.Modulation(temb);
            hidden = hidden.PlusProduct(gates.Gate, _attended);
            encoder = encoder.PlusProduct(gates.EncoderGate, _attendedText);

            var modulation = _norm2.Modulation(temb);
            var (normHidden, normEncoder) = _norm2.Normalize(hidden, encoder, modulation);
            var joint = cat([normEncoder, normHidden], dim: 1);
            normHidden.Dispose();
            normEncoder.Dispose();
            var output = _feedForward.forward(joint);
            hidden = hidden.PlusProduct(modulation.Gate, output.narrow(1, text, video));
            encoder = encoder.PlusProduct(modulation.EncoderGate, output.narrow(1, 0, text));
            return (hidden.MoveToOuterDisposeScope(), encoder.MoveToOuterDisposeScope());
        }
    }
}

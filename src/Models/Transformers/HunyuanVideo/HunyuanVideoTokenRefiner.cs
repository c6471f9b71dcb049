using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Makes the prompt's tokens of its embedding, by blocks of their own that know the timestep (<c>time_text_embed</c>, <c>proj_in</c>,
/// <c>token_refiner</c>). Source: diffusers <c>models/transformers/transformer_hunyuan_video.py</c> (HunyuanVideoTokenRefiner).
/// </summary>
public sealed class HunyuanVideoTokenRefiner : Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly CombinedTimestepGuidanceTextProjEmbeddings time_text_embed;
    private readonly LinearLayer proj_in;
    private readonly IndividualTokenRefiner token_refiner;

    /// <summary>Builds the layer.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public HunyuanVideoTokenRefiner(HunyuanVideoTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(HunyuanVideoTokenRefiner))
    {
        ArgumentNullException.ThrowIfNull(config);
        time_text_embed = new CombinedTimestepGuidanceTextProjEmbeddings(config.InnerDim, config.TextEmbedDim, guidanceEmbeds: false, device, dtype);
        proj_in = Dense.Linear(config.TextEmbedDim, config.InnerDim, true, device, dtype);
        token_refiner = new IndividualTokenRefiner(config, device, dtype);
        RegisterComponents();
    }

    /// <summary>Makes tokens.</summary>
    /// <param name="prompt">The prompt's embedding, [batch, text, text embed dim].</param>
    /// <param name="timestep">[batch]</param>
    /// <param name="mask">Not 0 where a token is of the prompt, at one at least, [batch, text].</param>
    /// <returns>[batch, text, dim]</returns>
    [NoSideEffects]
    public override Tensor forward(Tensor prompt, Tensor timestep, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var weights = mask.to(Precision.AtLeastSingle(prompt.dtype)).unsqueeze(-1);
        var mean = prompt.Times(weights).sum(1).Over(weights.sum(1)).to(prompt.dtype);
        var temb = time_text_embed.call(timestep, null, mean);
        return token_refiner.call(proj_in.call(prompt), temb, mask.to(ScalarType.Bool)).MoveToOuterDisposeScope();
    }

    /// <summary>The blocks (<c>refiner_blocks</c>). What each gives is owned by the caller's scope.</summary>
    private sealed class IndividualTokenRefiner : Module<Tensor, Tensor, Tensor, Tensor>
    {
        private readonly ModuleList<HunyuanVideoTokenRefinerBlock> refiner_blocks = [];

        public IndividualTokenRefiner(HunyuanVideoTransformer3DModelConfig config, Device? device, ScalarType? dtype)
            : base(nameof(IndividualTokenRefiner))
        {
            for (var i = 0; i < config.NumRefinerLayers; i++)
                refiner_blocks.Add(new HunyuanVideoTokenRefinerBlock(config, device, dtype));
            RegisterComponents();
        }

        public override Tensor forward(Tensor tokens, Tensor temb, Tensor mask)
        {
            using var pairs = Pairs(mask);
            foreach (var block in refiner_blocks)
                tokens = block.call(tokens, temb, pairs);
            return tokens;
        }

        /// <summary>A token of the prompt looks at all others of it; every token looks at the first, so that none looks at nothing.</summary>
        private static Tensor Pairs(Tensor mask)
        {
            using var scope = NewDisposeScope();
            var isFirst = TensorArithmetic.Range(mask.size(1), device: mask.device).IsEqual(0);
            return mask.unsqueeze(1).bitwise_and(mask.unsqueeze(2)).bitwise_or(isFirst).unsqueeze(1).MoveToOuterDisposeScope(); // [B, 1, T, T]
        }
    }
}

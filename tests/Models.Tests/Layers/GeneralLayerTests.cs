using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class GeneralLayerTests
{
    private readonly DisposeScope _scope = NewDisposeScope();

    [TestCleanup]
    public void Cleanup() => _scope.Dispose();

    [TestMethod]
    public void SingleExponential_OfAnyFrequency_IsWithinAnUlp()
    {
        for (var x = 0f; x > -10; x -= 0.0137f)
        {
            var exact = Math.Exp(x);
            var ulp = MathF.BitIncrement((float)exact) - (float)exact;
            Assert.IsLessThanOrEqualTo(1.0, Math.Abs(SingleExponential.Of(x) - exact) / ulp, $"exp({x})");
        }
    }

    [TestMethod]
    [DataRow(QueryKeyNorm.None, true)]
    [DataRow(QueryKeyNorm.LayerNorm, true)]
    [DataRow(QueryKeyNorm.RmsNorm, true)]
    [DataRow(QueryKeyNorm.RmsNormAcrossHeads, true)]
    [DataRow(QueryKeyNorm.None, false)]
    [DataRow(QueryKeyNorm.RmsNorm, false)]
    [DataRow(QueryKeyNorm.RmsNormAcrossHeads, false)]
    public void Attention_OfEveryNorm_FollowsItsFormula(QueryKeyNorm norm, bool isCross)
    {
        using var noGrad = no_grad();
        nn.Module layer = isCross
            ? new CrossAttention(12, heads: 2, headDim: 4, encoderDim: 6, qkNorm: norm, eps: 1e-3, bias: true)
            : new Attention(12, heads: 2, headDim: 4, qkNorm: norm, eps: 1e-3, bias: true);
        foreach (var parameter in layer.parameters())
            parameter.Plus_(randn_like(parameter).Times(0.3));
        var state = layer.state_dict();
        var hidden = randn(2, 5, 12);
        var (encoder, mask) = isCross ? (randn(2, 7, 6), randn(2, 1, 5, 7)) : (hidden, zeros(1));

        var query = Normalized("q", Linear("to_q", hidden));
        var key = Normalized("k", Linear("to_k", encoder));
        var scores = query.matmul(key.transpose(2, 3)).Over(2).Plus(mask).softmax(-1);
        var attended = scores.matmul(Heads(Linear("to_v", encoder))).transpose(1, 2).flatten(2);

        TensorAssert.Close(Linear("to_out.0", attended), layer is CrossAttention cross ? cross.call(hidden, encoder, mask) : ((Attention)layer).call(hidden, null), 1e-5, $"{norm}");

        Tensor Linear(string name, Tensor input) => nn.functional.linear(input, state[name + ".weight"], state[name + ".bias"]);
        Tensor Heads(Tensor tokens) => tokens.view(2, -1, 2, 4).transpose(1, 2);
        Tensor Normalized(string name, Tensor tokens) => norm switch
        {
            QueryKeyNorm.None => Heads(tokens),
            QueryKeyNorm.RmsNormAcrossHeads => Heads(tokens / Root(tokens) * state[$"norm_{name}.weight"]),
            QueryKeyNorm.RmsNorm => Heads(tokens) / Root(Heads(tokens)) * state[$"norm_{name}.weight"],
            _ => (Centred(Heads(tokens)) / Root(Centred(Heads(tokens))) * state[$"norm_{name}.weight"]).Plus(state[$"norm_{name}.bias"]),
        };
        static Tensor Centred(Tensor x) => x - x.mean([-1], keepdim: true);
        static Tensor Root(Tensor x) => x.Squared().mean([-1], keepdim: true).Plus(1e-3).sqrt();
    }

    [TestMethod]
    public void Unpatchify_OfPatches_GivesLatentsBack()
    {
        // Weights of one channel per element of a patch pass it through.
        using var noGrad = no_grad();
        var layer = new PatchProjection(2, 2 * 12, [1, 3, 4], false, null, null);
        layer.parameters().Single().copy_(eye(24).view(24, 2, 1, 3, 4));
        var latents = randn([2, 2, 3, 6, 8]);

        var tokens = layer.call(latents); // [B, F·h·w, C·t·p·q]
        var last = tokens.view(2, -1, 2, 12).transpose(2, 3).reshape(2, -1, 24);

        TensorAssert.Same(latents, PatchProjection.Unpatchify(last, (3, 2, 2), (1, 3, 4), 2));
    }

    [TestMethod]
    public void Backward_ThroughEveryBlock_ReachesEveryWeight()
    {
        using var ids = RotaryGrid.Ids(1, 3, 4);
        using var wan = new WanTransformerBlock(TinyTransformers.Wan);
        Check(wan, wan.call(randn(2, 12, 28), randn(2, 5, 28), randn(2, 6, 28), RotaryGrid.OfIds(ids, [6, 4, 4])));
        using var spatial = new LatteSpatialBlock(TinyTransformers.Latte);
        Check(spatial, spatial.call(randn(6, 16, 16), randn(6, 5, 16), null, randn(6, 6, 16)));
        using var temporal = new LatteTemporalBlock(TinyTransformers.Latte);
        Check(temporal, temporal.call(randn(32, 3, 16), randn(32, 6, 16)));
        using var joint = new FluxTransformerBlock(TinyTransformers.Flux);
        var (hidden, encoder) = joint.call(randn(2, 7, 32), randn(2, 5, 32), randn(2, 32), RotaryGrid.OfIds(ids, [4, 6, 6]));
        Check(joint, cat([hidden, encoder], dim: 1));
        using var single = new FluxSingleTransformerBlock(TinyTransformers.Flux);
        Check(single, single.call(randn(2, 12, 32), randn(2, 32), RotaryGrid.OfIds(ids, [4, 6, 6])));
        var image = new HunyuanVideoConditioning(randn(2, 32), randn(2, 32), 4);
        using var both = new HunyuanVideoTransformerBlock(TinyTransformers.Hunyuan);
        var (video, text) = both.call(randn(2, 12, 32), randn(2, 5, 32), image, RotaryGrid.OfIds(ids, [4, 6, 6]), null);
        Check(both, cat([video, text], dim: 1));
        using var one = new HunyuanVideoSingleTransformerBlock(TinyTransformers.Hunyuan);
        Check(one, one.call(randn(2, 17, 32), image, RotaryGrid.OfIds(ids, [4, 6, 6]), null));
        using var refiner = new HunyuanVideoTokenRefinerBlock(TinyTransformers.Hunyuan);
        Check(refiner, refiner.call(randn(2, 5, 32), randn(2, 32), null));
        using var allegro = new AllegroTransformerBlock(TinyTransformers.Allegro);
        using var rotary = AllegroTransformer3DModel.PrepareRotaryPositionalEmbeddings(TinyTransformers.Allegro, 48, 64, 1);
        Check(allegro, allegro.call(randn(2, 12, 24), randn(2, 5, 24), randn(2, 6, 24), rotary, null, null));

        static void Check(nn.Module block, Tensor output)
        {
            output.Squared().sum().backward();
            foreach (var (name, parameter) in block.named_parameters())
                Assert.IsTrue(parameter.grad?.isfinite().all().item<bool>() == true, $"{block.GetName()}.{name}");
        }
    }
}

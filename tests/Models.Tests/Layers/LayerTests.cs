using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class LayerTests
{
    private readonly DisposeScope _scope = NewDisposeScope();

    [TestCleanup]
    public void Cleanup() => _scope.Dispose();

    [TestMethod]
    [DataRow("gelu", 12)]
    [DataRow("gelu-approximate", 12)]
    [DataRow("geglu", 24)]
    [DataRow("geglu-approximate", 12)]
    [DataRow("swiglu", 24)]
    [DataRow("linear-silu", 12)]
    public void FeedForward_OfEveryActivation_FollowsItsFormula(string activation, int projected)
    {
        var layer = new FeedForward(6, dimOut: 5, mult: 2, activation: activation, finalDropout: true);
        layer.eval();
        var state = layer.state_dict();
        CollectionAssert.AreEqual(new[] { "net.0.proj.weight", "net.0.proj.bias", "net.2.weight", "net.2.bias" }, state.Keys);
        CollectionAssert.AreEqual(new long[] { projected, 6 }, state["net.0.proj.weight"].shape);
        var input = randn(2, 3, 6);

        var x = nn.functional.linear(input, state["net.0.proj.weight"], state["net.0.proj.bias"]);
        Tensor[] halves = [.. x.chunk(2, dim: -1)];
        var inner = activation switch
        {
            "gelu" => Gelu(x),
            "gelu-approximate" => x.Times(0.5) * x.Plus((x * x * x).Times(0.044715)).Times(Math.Sqrt(2 / Math.PI)).tanh().Plus(1),
            "geglu" => halves[0] * Gelu(halves[1]),
            "geglu-approximate" => x * x.Times(1.702).sigmoid(),
            "swiglu" => halves[0] * halves[1] * halves[1].sigmoid(),
            _ => x * x.sigmoid(),
        };
        var expected = nn.functional.linear(inner, state["net.2.weight"], state["net.2.bias"]);

        // With gradients nothing may be overwritten; without, the inner tensor is.
        TensorAssert.Close(expected, layer.call(input), 1e-6, "with gradients");
        foreach (var parameter in layer.parameters())
            parameter.requires_grad = false;
        TensorAssert.Close(expected, layer.call(input), 1e-6, "without gradients");

        static Tensor Gelu(Tensor x) => x.Times(0.5) * x.Over(Math.Sqrt(2)).erf().Plus(1);
    }

    [TestMethod]
    public void FeedForward_InTraining_Drops()
    {
        var layer = new FeedForward(6, dropout: 0.9, activation: "gelu");
        var input = randn(50, 6);
        random.manual_seed(1);

        Assert.IsGreaterThan(0, TensorAssert.MaxDifference(layer.call(input), layer.call(input)));
        layer.eval();
        TensorAssert.Same(layer.call(input), layer.call(input));
    }

    [TestMethod]
    public void Backward_ThroughABlock_ReachesEveryWeight()
    {
        using var block = new CogVideoXBlock(TinyModels.Rotary);
        using var rotary = TinyModels.RotaryFor(TinyModels.Rotary);

        var (hidden, encoder) = block.call(randn(2, 72, 32), randn(2, 10, 32), randn(2, 16), rotary);
        hidden.Squared().sum().Plus(encoder.Squared().sum()).backward();

        foreach (var (name, parameter) in block.named_parameters())
            Assert.IsTrue(parameter.grad?.isfinite().all().item<bool>() == true, name);
    }

    [TestMethod]
    public void AdaLayerNorm_FollowsItsFormula()
    {
        var layer = new AdaLayerNorm(4, 6, elementwiseAffine: false);
        var state = layer.state_dict();
        var (input, temb) = (randn(2, 3, 6), randn(2, 4));
        CollectionAssert.AreEqual(new[] { "linear.weight", "linear.bias" }, state.Keys);

        var projected = nn.functional.linear(temb * temb.sigmoid(), state["linear.weight"], state["linear.bias"]);
        var (shift, scale) = (projected.narrow(1, 0, 6).unsqueeze(1), projected.narrow(1, 6, 6).unsqueeze(1));
        var centred = input - input.mean([-1], keepdim: true);
        var norm = centred / centred.Squared().mean([-1], keepdim: true).Plus(1e-5).sqrt();

        TensorAssert.Close((norm * scale.Plus(1)).Plus(shift), layer.call(input, temb), 2e-6);
    }

    [TestMethod]
    public void Timesteps_OfOddWidthAndOrder_FollowTheirFormula()
    {
        var timesteps = tensor(new[] { 0.5, 999 });

        var sinFirst = new Timesteps(7, flipSinToCos: false, downscaleFreqShift: 1, scale: 2).call(timesteps.bfloat16());
        var cosFirst = new Timesteps(6, flipSinToCos: true, downscaleFreqShift: 0).call(timesteps);

        Assert.AreEqual(ScalarType.Float32, sinFirst.dtype);
        CollectionAssert.AreEqual(new long[] { 2, 7 }, sinFirst.shape);
        for (var i = 0; i < 3; i++)
        {
            Assert.AreEqual(Math.Sin(2 * 0.5 * Math.Pow(10000, -i / 2.0)), sinFirst[0, i].item<float>(), 1e-6);
            Assert.AreEqual(Math.Cos(2 * 0.5 * Math.Pow(10000, -i / 2.0)), sinFirst[0, 3 + i].item<float>(), 1e-6);
            Assert.AreEqual(Math.Cos(999 * Math.Pow(10000, -i / 3.0)), cosFirst[1, i].item<float>(), 1e-4);
            Assert.AreEqual(Math.Sin(999 * Math.Pow(10000, -i / 3.0)), cosFirst[1, 3 + i].item<float>(), 1e-4);
        }

        Assert.AreEqual(0f, sinFirst[1, 6].item<float>());
        Assert.ThrowsExactly<ArgumentException>(() => new Timesteps(6, true, 0).call(tensor(5)));
    }

    [TestMethod]
    public void TimestepEmbedding_WithEverything_FollowsItsFormula()
    {
        var layer = new TimestepEmbedding(4, 6, "relu", outputs: 5, postActivation: "silu", conditionDim: 3);
        var state = layer.state_dict();
        var (sample, condition) = (randn(2, 4), randn(2, 3));

        var inner = nn.functional.linear(sample.Plus(condition.matmul(state["cond_proj.weight"].t())), state["linear_1.weight"], state["linear_1.bias"]);
        var output = nn.functional.linear(inner.AtLeast(0), state["linear_2.weight"], state["linear_2.bias"]);

        TensorAssert.Close(output * output.sigmoid(), layer.call(sample, condition), 1e-6);
    }

    [TestMethod]
    public void ScaledDotProductAttention_OnMeta_GivesItsShape()
    {
        using var layer = new ScaledDotProductAttention();
        var (query, key, value) = (randn(2, 3, 5, 4), randn(2, 3, 7, 4), randn(2, 3, 7, 6));

        var real = layer.call(query, key, value, null);
        var meta = layer.call(query.to(META), key.to(META), value.to(META), null);

        TensorAssert.Close(query.matmul(key.transpose(2, 3)).Over(2).softmax(-1).matmul(value), real, 1e-6);
        CollectionAssert.AreEqual(real.shape, meta.shape);
        Assert.IsTrue(meta.is_meta);
    }

    [TestMethod]
    public void ForwardHooks_OnAttention_SeeEveryCallByName()
    {
        using var noGrad = no_grad();
        using var model = CogVideoXTransformer3DModel.FromConfig(TinyModels.Sincos);
        var seen = new List<string>();
        foreach (var (name, module) in model.named_modules())
        {
            if (module is ScaledDotProductAttention attention)
            {
                attention.register_forward_hook((_, query, _, _, _, result) =>
                {
                    seen.Add($"{name} [{string.Join(", ", query.shape)}]");
                    return result;
                });
            }
        }

        model.call(TinyModels.Latents(TinyModels.Sincos), TinyModels.Prompt(TinyModels.Sincos), TinyModels.Timestep(), null, null, null);

        CollectionAssert.AreEqual(
            new[] { "transformer_blocks.0.attn1.sdpa [2, 2, 82, 16]", "transformer_blocks.1.attn1.sdpa [2, 2, 82, 16]" }, seen);
    }
}

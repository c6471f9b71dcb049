using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class LTXVideoTests
{
    private static readonly LTXVideoGrid s_grid = new(2, 3, 4, (0.32, 32, 32));

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly IDisposable _noGrad = no_grad();

    [TestCleanup]
    public void Cleanup()
    {
        _noGrad.Dispose();
        _scope.Dispose();
    }

    [TestMethod]
    public void FromJson_OfNothing_HasDiffusersDefaults() => Assert.AreEqual(
        new LTXVideoTransformer3DModelConfig
        {
            InChannels = 128,
            OutChannels = 128,
            PatchSize = 1,
            PatchSizeT = 1,
            NumAttentionHeads = 32,
            AttentionHeadDim = 64,
            CrossAttentionDim = 2048,
            NumLayers = 28,
            ActivationFn = "gelu-approximate",
            QkNorm = "rms_norm_across_heads",
            NormElementwiseAffine = false,
            NormEps = 1e-6,
            CaptionChannels = 4096,
            AttentionBias = true,
            AttentionOutBias = true,
        },
        LTXVideoTransformer3DModelConfig.FromJson("{}"));

    [TestMethod]
    public void StateDict_OfAllSettings_HasTheirWeights()
    {
        var config = TinyTransformers.LTX with { NormElementwiseAffine = true, AttentionBias = false, AttentionOutBias = false, ActivationFn = "geglu", OutChannels = null };
        using var model = LTXVideoTransformer3DModel.FromConfig(config);
        var names = model.state_dict().Keys.Where(name => name.StartsWith("transformer_blocks.1.", StringComparison.Ordinal)).Select(name => name[21..]);
        string[] expected =
        [
            "norm1.weight", "norm2.weight", "scale_shift_table", "ff.net.0.proj.weight", "ff.net.0.proj.bias", "ff.net.2.weight", "ff.net.2.bias",
            .. new[] { "attn1", "attn2" }.SelectMany(name => new[] { "norm_q", "norm_k", "to_q", "to_k", "to_v", "to_out.0" }, (attention, part) => $"{attention}.{part}.weight"),
        ];
        CollectionAssert.AreEquivalent(expected, names.ToArray());
        CollectionAssert.AreEqual(new long[] { 4, 16 }, model.state_dict()["proj_out.weight"].shape);
        CollectionAssert.AreEqual(new long[] { 128, 16 }, model.state_dict()["transformer_blocks.0.ff.net.0.proj.weight"].shape);
    }

    /// <summary>Written out as diffusers has it, in float64 but for the frequencies.</summary>
    [TestMethod]
    [DataRow(2, 8, 1, 1)] // 16 channels: 4 that do not turn
    [DataRow(3, 4, 2, 3)] // 12: all turn
    [DataRow(2, 7, 1, 1)] // 14: pairs over the borders of heads
    public void Rotary_OfAGrid_IsThatOfDiffusers(int heads, int headDim, int patch, int patchT)
    {
        var dim = heads * headDim;
        using var rope = new LTXVideoRotaryPosEmbed(
            TinyTransformers.LTX with { NumAttentionHeads = heads, AttentionHeadDim = headDim, PatchSize = patch, PatchSizeT = patchT });
        foreach (var grid in new[] { s_grid, s_grid with { RopeInterpolationScale = null } })
        {
            var rotary = rope.call(zeros(1, 24, 4), grid, null);
            var cos = rotary.Cos.data<float>().ToArray();
            var sin = rotary.Sin.data<float>().ToArray();
            Assert.HasCount(24 * dim, cos);
            for (var token = 0; token < 24; token++)
            {
                for (var channel = 0; channel < dim; channel++)
                {
                    var angle = Angle(grid, token, channel - (dim % 6));
                    Assert.AreEqual(Math.Cos(angle), cos[(token * dim) + channel], 2e-2, $"cos of {token}, {channel}");
                    Assert.AreEqual(Math.Sin(angle), sin[(token * dim) + channel], 2e-2, $"sin of {token}, {channel}");
                }
            }
        }

        double Angle(LTXVideoGrid grid, int token, int turning)
        {
            if (turning < 0)
                return 0;
            var (axis, count) = (turning / 2 % 3, dim / 6);
            var place = new[] { token / 12, token / 4 % 3, token % 4 }[axis] * (grid.RopeInterpolationScale is null ? 1.0
                : new[] { 0.32 * patchT / 20, 32.0 * patch / 2048, 32.0 * patch / 2048 }[axis]);
            var frequency = Math.Pow(10000, count == 1 ? 0 : turning / 6 / (count - 1.0)) * Math.PI / 2;
            return frequency * ((2 * place) - 1);
        }
    }

    [TestMethod]
    [DataRow(2, 8)]
    [DataRow(2, 7)]
    public void Forward_WithCoordinatesOfAGrid_GivesWhatTheGridGives(int heads, int headDim)
    {
        random.manual_seed(3);
        using var model = LTXVideoTransformer3DModel.FromConfig(
            TinyTransformers.LTX with { NumAttentionHeads = heads, AttentionHeadDim = headDim, CrossAttentionDim = heads * headDim });
        var (latents, prompt, times) = (randn(2, 24, 4), randn(2, 5, 12), tensor(new[] { 900f, 300f }));
        var places = RotaryGrid.Ids(2, 3, 4).Times(tensor(new[] { 0.32f, 32f, 32f }));
        var coordinates = places.t().unsqueeze(0).repeat(2, 1, 1);
        var expected = model.call(latents, prompt, times, null, s_grid, null);

        TensorAssert.Close(expected, model.call(latents, prompt, times, null, null, coordinates), 1e-5);
        // Each sample has its own.
        var moved = stack([coordinates[0], coordinates[1].Plus(50)]);
        var actual = model.call(latents, prompt, times, null, null, moved);
        TensorAssert.Close(expected[0], actual[0], 1e-5);
        Assert.IsGreaterThan(3e-5, TensorAssert.MaxDifference(expected[1], actual[1]));
    }

    [TestMethod]
    public void Forward_WithATimestepForEveryToken_GivesWhatOneGivesWhereTheyAreEqual()
    {
        using var model = TinyTransformers.Create("ltx");
        var ltx = (LTXVideoTransformer3DModel)model.Module;
        var (latents, prompt) = (model.Inputs[0], model.Inputs[1]);
        var times = tensor(new[] { 900f, 300f });
        var expected = ltx.call(latents, prompt, times, null, s_grid, null);

        TensorAssert.Close(expected, ltx.call(latents, prompt, times.unsqueeze(1), null, s_grid, null), 1e-5);
        var all = times.unsqueeze(1).repeat(1, 24);
        TensorAssert.Close(expected, ltx.call(latents, prompt, all, null, s_grid, null), 1e-5);
        // The first frame is given.
        all.narrow(1, 0, 12).zero_();
        Assert.IsGreaterThan(1e-3, TensorAssert.MaxDifference(expected, ltx.call(latents, prompt, all, null, s_grid, null)));
    }

    [TestMethod]
    public void Forward_WithAMask_LooksAtNothingElse()
    {
        using var model = TinyTransformers.Create("ltx");
        var ltx = (LTXVideoTransformer3DModel)model.Module;
        var (latents, prompt, times) = (model.Inputs[0], model.Inputs[1], model.Inputs[2]);
        var keep = tensor(new[] { true, true, true, false, false }).expand(2, 5);
        var expected = ltx.call(latents, prompt.narrow(1, 0, 3), times, null, s_grid, null);

        foreach (var mask in new[]
        {
            keep, keep.to(ScalarType.Int64), keep.to(ScalarType.Float32), keep.unsqueeze(1), keep.unsqueeze(1).expand(2, 24, 5),
            1.Minus(keep.to(ScalarType.Float32)).Times(-1e4).unsqueeze(1),
        })
            TensorAssert.Close(expected, ltx.call(latents, prompt, times, mask, s_grid, null), 1e-5, $"{mask.dtype} [{string.Join(", ", mask.shape)}]");
        Assert.IsGreaterThan(1e-4, TensorAssert.MaxDifference(expected, ltx.call(latents, prompt, times, null, s_grid, null)));
    }

    [TestMethod]
    public void Forward_OnWrongInputs_SaysWhatItExpectsAndLeavesNothing()
    {
        using var model = LTXVideoTransformer3DModel.FromConfig(TinyTransformers.LTX);
        Refused("packed latents [batch, tokens, 4], found [2, 4, 2, 3, 4]", latents: zeros([2, 4, 2, 3, 4]));
        Refused("type Float32, as the model, found BFloat16", latents: zeros([2, 24, 4], dtype: ScalarType.BFloat16));
        Refused("[2, text, 12], found [2, 5, 13]", prompt: zeros(2, 5, 13));
        Refused("expected [2], found [3]", times: zeros(3));
        Refused("a timestep for every token [2, 24], found [2, 23]", times: zeros(2, 23));
        Refused("[2, 5], [2, 1, 5] or [2, 24, 5], found [2, 6]", mask: ones(2, 6));
        Refused("booleans", mask: ones([2, 1, 5], dtype: ScalarType.Int64));
        Refused("as many tokens as the latents' 24, found 2 × 3 × 5", grid: new LTXVideoGrid(2, 3, 5));
        Refused("as many tokens as the latents' 24, found -2 × -3 × 4", grid: new LTXVideoGrid(-2, -3, 4));
        Refused("[2, 3, 24], found [3, 24]", coordinates: zeros(3, 24));
        var error = Assert.ThrowsExactly<ArgumentException>(() => model.call(zeros(2, 24, 4), zeros(2, 5, 12), zeros(2), null, null, null));
        Assert.Contains("a grid, or coordinates of the tokens, found neither", error.Message);

        void Refused(
            string expected, Tensor? latents = null, Tensor? prompt = null, Tensor? times = null, Tensor? mask = null, LTXVideoGrid? grid = null, Tensor? coordinates = null)
        {
            latents ??= zeros(2, 24, 4);
            prompt ??= zeros(2, 5, 12);
            times ??= zeros(2);
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            var error = Assert.ThrowsExactly<ArgumentException>(() => model.call(latents, prompt, times, mask, grid ?? s_grid, coordinates));
            Assert.Contains(expected, error.Message);
            Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount, expected);
        }
    }

    [TestMethod]
    public void FromConfig_OfImpossibleSettings_IsRefused()
    {
        var config = TinyTransformers.LTX;
        Impossible("cross_attention_dim 16, the width of the projected prompt, found 2048", config with { CrossAttentionDim = 2048 });
        Impossible("qk_norm 'rms_norm_across_heads', found 'layer_norm'", config with { QkNorm = "layer_norm" });
        Impossible("even width of all heads, found 3 × 5", config with { NumAttentionHeads = 3, AttentionHeadDim = 5, CrossAttentionDim = 15 });
        Impossible("patch_size_t above 0", config with { PatchSizeT = 0 });
        Impossible("out_channels above 0", config with { OutChannels = -1 });
        Impossible("num_layers of 0 or more", config with { NumLayers = -1 });
        Impossible("norm_eps of 0 or more", config with { NormEps = double.NaN });
        Impossible("activation 'tanh' is not known", config with { ActivationFn = "tanh" });
        Assert.ThrowsExactly<InsufficientMemoryException>(() => LTXVideoTransformer3DModel.FromConfig(config with { NumLayers = 1_000_000_000 }));

        void Impossible(string expected, LTXVideoTransformer3DModelConfig config)
        {
            using var scope = NewDisposeScope();
            Assert.Contains(expected, Assert.ThrowsExactly<ArgumentException>(() => LTXVideoTransformer3DModel.FromConfig(config)).Message);
        }
    }
}

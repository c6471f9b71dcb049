using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class MochiTests
{
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
        new MochiTransformer3DModelConfig
        {
            PatchSize = 2,
            NumAttentionHeads = 24,
            AttentionHeadDim = 128,
            NumLayers = 48,
            PooledProjectionDim = 1536,
            InChannels = 12,
            OutChannels = null,
            QkNorm = "rms_norm",
            TextEmbedDim = 4096,
            TimeEmbedDim = 256,
            ActivationFn = "swiglu",
            MaxSequenceLength = 256,
        },
        MochiTransformer3DModelConfig.FromJson("{}"));

    /// <summary>Written out as diffusers has it, one prompt at a time.</summary>
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Attention_OfAMaskWithHoles_IsThatOfDiffusers(bool isLast)
    {
        random.manual_seed(7);
        using var attention = new MochiAttention(TinyTransformers.Mochi, isLast);
        var weights = attention.state_dict();
        var (hidden, encoder) = (randn(3, 6, 16), randn(3, 5, 12));
        var angles = randn(6, 2, 4);
        var doubled = angles.repeat_interleave(2, dim: -1).flatten(1);
        var mask = tensor(new[] { true, false, true, true, false, false, false, false, false, false, true, true, true, true, true }).view(3, 5);

        var (own, context) = attention.call(hidden, encoder, new RotaryEmbedding(doubled.cos(), doubled.sin()), MochiPromptMask.Of(mask, 6));

        for (var i = 0; i < 3; i++)
        {
            var (ownOnly, contextOnly) = Literal(hidden[i], encoder[i].index_select(0, mask[i].nonzero().flatten()));
            TensorAssert.Close(ownOnly, own[i], 1e-5, $"latents of {i}");
            TensorAssert.Close(contextOnly, context[i], 1e-5, $"prompt of {i}");
        }

        (Tensor, Tensor) Literal(Tensor latents, Tensor prompt)
        {
            var query = cat([Turned(Heads(latents, "to_q", "norm_q")), Heads(prompt, "add_q_proj", "norm_added_q")]).transpose(0, 1);
            var key = cat([Turned(Heads(latents, "to_k", "norm_k")), Heads(prompt, "add_k_proj", "norm_added_k")]).transpose(0, 1);
            var value = cat([Heads(latents, "to_v", null), Heads(prompt, "add_v_proj", null)]).transpose(0, 1);
            var attended = nn.functional.softmax(query.matmul(key.transpose(1, 2)).Over(Math.Sqrt(8)), -1).matmul(value).transpose(0, 1).flatten(1);
            var padded = cat([attended.narrow(0, 6, prompt.size(0)), zeros(5 - prompt.size(0), 16)]);
            return (Projected(attended.narrow(0, 0, 6), "to_out.0"), isLast ? padded : Projected(padded, "to_add_out"));
        }

        Tensor Heads(Tensor tokens, string projection, string? norm)
        {
            var heads = tokens.matmul(weights[projection + ".weight"].t()).view(-1, 2, 8);
            return norm is null ? heads : heads * heads.Squared().mean([-1], keepdim: true).Plus(1e-5).rsqrt() * weights[norm + ".weight"];
        }

        Tensor Turned(Tensor heads)
        {
            var pairs = heads.view(6, 2, 4, 2);
            var (even, odd) = (pairs.select(3, 0), pairs.select(3, 1));
            return stack([(even * angles.cos()) - (odd * angles.sin()), (even * angles.sin()).Plus(odd * angles.cos())], dim: -1).flatten(-2);
        }

        Tensor Projected(Tensor tokens, string projection) => tokens.matmul(weights[projection + ".weight"].t()).Plus(weights[projection + ".bias"]);
    }

    [TestMethod]
    [DataRow(3, 4, 6)]
    [DataRow(1, 5, 1)]
    public void Rotary_OfAGrid_IsThatOfDiffusers(int frames, int rows, int columns)
    {
        random.manual_seed(7);
        using var rope = new MochiRoPE();
        var frequencies = randn(3, 2, 4).Times(0.1);
        var rotary = rope.call(frequencies, MochiRoPE.Positions(frames, rows, columns, CPU));
        var weights = frequencies.data<float>().ToArray();
        var (cos, sin) = (rotary.Cos.data<float>().ToArray(), rotary.Sin.data<float>().ToArray());
        var scale = Math.Sqrt(192.0 * 192 / (rows * columns));
        Assert.HasCount(frames * rows * columns * 16, cos);
        for (var i = 0; i < cos.Length; i++)
        {
            var (token, pair) = (i / 16, i % 16 / 2);
            double[] place = [token / (rows * columns), Middle(token / columns % rows, rows), Middle(token % columns, columns)];
            var angle = (place[0] * weights[pair]) + (place[1] * weights[8 + pair]) + (place[2] * weights[16 + pair]);
            Assert.AreEqual(Math.Cos(angle), cos[i], 1e-4, $"cos {i}");
            Assert.AreEqual(Math.Sin(angle), sin[i], 1e-4, $"sin {i}");
        }

        double Middle(int index, int count) => (index + 0.5 - (count / 2.0)) * scale;
    }

    [TestMethod]
    public void Forward_WithOtherTextBehindTheMask_IsTheSame()
    {
        using var model = TinyTransformers.Create("mochi");
        var expected = model.Forward();
        var keep = model.Inputs[3].unsqueeze(-1);
        var other = where(keep, model.Inputs[1], randn_like(model.Inputs[1]));

        TensorAssert.Close(expected, model.Call([model.Inputs[0], other, model.Inputs[2], model.Inputs[3]]), 1e-5);
        var all = model.Call([model.Inputs[0], model.Inputs[1], model.Inputs[2], ones_like(model.Inputs[3])]);
        Assert.IsGreaterThan(1e-4, TensorAssert.MaxDifference(expected, all));
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    public void Forward_OfFewLayers_HasNoMoreBlocks(int layers)
    {
        using var model = MochiTransformer3DModel.FromConfig(TinyTransformers.Mochi with { NumLayers = layers, PatchSize = 3, OutChannels = 6, ActivationFn = "gelu" });
        var output = model.call(randn([1, 4, 1, 3, 9]), randn(1, 2, 16), tensor(new long[] { 500 }), ones(1, 2));
        CollectionAssert.AreEqual(new long[] { 1, 6, 1, 3, 9 }, output.shape);
        Assert.IsFalse(model.state_dict().Keys.Any(name => name.Contains("ff_context", StringComparison.Ordinal) || name.Contains("to_add_out", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Forward_OnWrongInputs_SaysWhatItExpectsAndLeavesNothing()
    {
        using var model = MochiTransformer3DModel.FromConfig(TinyTransformers.Mochi);
        Refused("[batch, channels, frames, height, width], found [2, 4, 8, 12]", latents: zeros(2, 4, 8, 12));
        Refused("4 channels", latents: zeros([2, 5, 3, 8, 12]));
        Refused("patch size 1 × 2 × 2", latents: zeros([2, 4, 3, 8, 11]));
        Refused("type Float32, as the model, found Float16", latents: zeros([2, 4, 3, 8, 12], dtype: ScalarType.Float16));
        Refused("[2, text, 16], found [2, 5, 15]", prompt: zeros(2, 5, 15));
        Refused("expected [2], found [2, 1]", times: zeros(2, 1));
        Refused("expected [2, 5], found [2, 1, 5]", mask: ones(2, 1, 5));

        void Refused(string expected, Tensor? latents = null, Tensor? prompt = null, Tensor? times = null, Tensor? mask = null)
        {
            latents ??= zeros([2, 4, 3, 8, 12]);
            prompt ??= zeros(2, 5, 16);
            times ??= zeros(2);
            mask ??= ones(2, 5);
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            var error = Assert.ThrowsExactly<ArgumentException>(() => model.call(latents, prompt, times, mask));
            Assert.Contains(expected, error.Message);
            Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount, expected);
        }
    }

    [TestMethod]
    public void FromConfig_OfImpossibleSettings_IsRefused()
    {
        var config = TinyTransformers.Mochi;
        Impossible("even attention_head_dim, found 7", config with { AttentionHeadDim = 7 });
        Impossible("multiple of 8, found 12", config with { TextEmbedDim = 12 });
        Impossible("patch_size above 0", config with { PatchSize = 0 });
        Impossible("pooled_projection_dim above 0", config with { PooledProjectionDim = -1 });
        Impossible("time_embed_dim above 0", config with { TimeEmbedDim = 0 });
        Impossible("activation 'tanh' is not known", config with { ActivationFn = "tanh" });
        Assert.ThrowsExactly<InsufficientMemoryException>(() => MochiTransformer3DModel.FromConfig(config with { NumLayers = 1_000_000_000 }));

        static void Impossible(string expected, MochiTransformer3DModelConfig config)
        {
            using var scope = NewDisposeScope();
            Assert.Contains(expected, Assert.ThrowsExactly<ArgumentException>(() => MochiTransformer3DModel.FromConfig(config)).Message);
        }
    }

    [TestMethod]
    [DataRow("flow_mochi_20")]
    [DataRow("flow_mochi_64")]
    public void Schedule_OfItsPipeline_IsTheRecordedOne(string name)
    {
        var recording = SchedulerReplay.Of(name);
        var scheduler = FlowMatchEulerDiscreteScheduler.FromJson(recording.Config());
        var expected = recording.Doubles("timesteps");
        using var model = MochiTransformer3DModel.FromConfig(TinyTransformers.Mochi with { NumLayers = 0 }, META);
        IDiffusionTransformer mochi = model;

        using var run = scheduler.BeginRun(mochi.ScheduleOf(scheduler, expected.Length, tokens: 100));

        CollectionAssert.AreEqual(expected, run.Timesteps.ToArray());
        Assert.AreEqual(1000 - expected[^1], mochi.CacheTimestep(expected[^1]));
        Assert.AreEqual(scheduler.Config, ((FlowMatchEulerDiscreteScheduler)mochi.UsualScheduler.Scheduler).Config);
        using var one = scheduler.BeginRun(mochi.ScheduleOf(scheduler, 1, tokens: 100));
        Assert.HasCount(1, one.Timesteps);
    }
}

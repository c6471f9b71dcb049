using System.Reflection;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Methods that decide before a forward's body, on the models themselves.</summary>
[TestClass]
public sealed class StepDecisionTests
{
    private static readonly double[] s_timesteps = [.. Enumerable.Range(0, 8).Select(i => 950.0 - (100 * i))];

    [TestMethod]
    [DataRow("latte")]
    [DataRow("wan")]
    [DataRow("flux")]
    [DataRow("ltx")]
    [DataRow("mochi")]
    [DataRow("hunyuan")]
    [DataRow("hunyuan of an image")]
    [DataRow("allegro")]
    public void TeaCache_OfNoAndOfEveryChange_ComputesAllOrTheFirstAndTheLast(string name)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var model = TinyTransformers.Create(name);
        var noise = s_timesteps.Select(_ => randn_like(model.Inputs[0])).ToList();
        var plain = noise.Select(latents => model.Call([latents, .. model.Inputs[1..]])).ToList();

        var (outputs, decisions) = Run(model, noise, new TeaCacheConfig { Threshold = -1, Coefficients = [1, 0] });
        Assert.AreEqual("CCCCCCCC", decisions);
        for (var step = 0; step < plain.Count; step++)
            TensorAssert.Close(plain[step], outputs[step], 0, $"step {step}");
        Assert.AreEqual("CSSSSSSC", Run(model, noise, new TeaCacheConfig { Threshold = 1e9, Coefficients = [1, 0] }).Decisions);
    }

    [TestMethod]
    public void TimestepIndicators_AreWhatIsKnownBeforeTheRun()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        using var model = WanTransformer3DModel.FromConfig(TinyTransformers.Wan);
        var changes = model.TimestepChanges(s_timesteps);
        var threshold = changes[1] + changes[2] + (changes[3] / 2);
        var latents = randn([1, 4, 3, 8, 12]);
        var prompt = randn([1, 5, 12]);
        var known = Decisions(new TeaCacheConfig { Threshold = threshold, Coefficients = [1, 0], TimestepChanges = changes });
        Assert.AreEqual(known, Decisions(new TeaCacheConfig { Threshold = threshold, Coefficients = [1, 0] }));
        Assert.Contains("CSS", known);

        string Decisions(TeaCacheConfig config)
        {
            model.EnableCache(config);
            using var run = model.BeginRun(s_timesteps, GuidanceLayout.None);
            foreach (var timestep in s_timesteps)
                model.call(latents, tensor(new[] { (float)timestep }), prompt);
            var recorded = run.Recorded();
            model.DisableCache();
            return Of(recorded);
        }
    }

    /// <summary>As diffusers' norm1 of the first block has it, from the state dict.</summary>
    [TestMethod]
    public void Indicator_OfFlux_IsTheFirstBlocksModulatedInput()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var model = TinyTransformers.Create("flux");
        var weights = model.Module.state_dict();
        var ids = FluxPositionIds.Prepare(5, 3, 4);
        var guidance = tensor(new[] { 3.5f });
        var temb = (Tensor)Private(model.Module, "EmbedTime", ScalarType.Float32, model.Inputs[2], guidance, model.Inputs[3]);
        var parts = nn.functional.silu(temb).matmul(weights["transformer_blocks.0.norm1.linear.weight"].t()).Plus(weights["transformer_blocks.0.norm1.linear.bias"]).chunk(6, 1);
        var hidden = model.Inputs[0].matmul(weights["x_embedder.weight"].t()).Plus(weights["x_embedder.bias"]);
        var expected = (nn.functional.layer_norm(hidden, [32], eps: 1e-6) * parts[1].unsqueeze(1).Plus(1)).Plus(parts[0].unsqueeze(1));
        var actual = (Tensor)Private(model.Module, "ModulatedInput", model.Inputs[0], model.Inputs[1], model.Inputs[3], model.Inputs[2], guidance, ids);
        TensorAssert.Close(expected, actual, 1e-5, "indicator");
    }

    [TestMethod]
    public void Indicator_OfLatte_IsTheFirstBlocksModulatedInput()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var model = TinyTransformers.Create("latte");
        var weights = model.Module.state_dict();
        var latte = (LatteTransformer3DModel)model.Module;
        var embed = (nn.Module<Tensor, Tensor>)latte.named_modules().Single(module => module.name == "pos_embed").module;
        var hidden = embed.call(model.Inputs[0].transpose(1, 2).flatten(0, 1));
        var modulation = ((Tensor Modulation, Tensor))((dynamic)latte.named_modules().Single(module => module.name == "adaln_single").module).call(model.Inputs[2]);
        var table = weights["transformer_blocks.0.scale_shift_table"].Plus(modulation.Modulation.repeat_interleave(3, 0));
        var expected = (nn.functional.layer_norm(hidden, [16], eps: 1e-6) * table.narrow(1, 1, 1).Plus(1)).Plus(table.narrow(1, 0, 1));
        var actual = (Tensor)Private(latte, "ModulatedInput", model.Inputs[0], model.Inputs[2], model.Inputs[1], null);
        TensorAssert.Close(expected, actual, 1e-5, "indicator");
    }

    /// <summary>As diffusers' first block has it, from the state dict.</summary>
    [TestMethod]
    public void Indicator_OfLTX_IsTheFirstBlocksModulatedInput()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var model = TinyTransformers.Create("ltx");
        var weights = model.Module.state_dict();
        var hidden = Linear(model.Inputs[0], weights, "proj_in");
        var embed = (AdaLayerNormSingle)model.Module.named_modules().Single(module => module.name == "time_embed").module;
        var table = weights["transformer_blocks.0.scale_shift_table"].Plus(embed.call(model.Inputs[2]).Modulation);
        var expected = (RmsNorm(hidden) * table.narrow(1, 1, 1).Plus(1)).Plus(table.narrow(1, 0, 1));
        var grid = new LTXVideoGrid(2, 3, 4);
        var actual = (Tensor)Private(model.Module, "ModulatedInput", model.Inputs[0], model.Inputs[1], model.Inputs[2], null, grid, null);
        TensorAssert.Close(expected, actual, 1e-5, "indicator");
    }

    [TestMethod]
    public void Indicator_OfMochi_IsTheFirstBlocksModulatedInput()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var model = TinyTransformers.Create("mochi");
        var weights = model.Module.state_dict();
        var embed = (MochiCombinedTimestepCaptionEmbedding)model.Module.named_modules().Single(module => module.name == "time_embed").module;
        var temb = embed.EmbedTime(model.Inputs[2], model.Inputs[1], model.Inputs[3]);
        var patches = (PatchEmbed)model.Module.named_modules().Single(module => module.name == "patch_embed").module;
        var hidden = patches.call(model.Inputs[0].transpose(1, 2).flatten(0, 1)).view(2, -1, 16);
        var scale = Linear(nn.functional.silu(temb), weights, "transformer_blocks.0.norm1.linear").narrow(1, 0, 16).unsqueeze(1);
        var actual = (Tensor)Private(model.Module, "ModulatedInput", model.Inputs[0], model.Inputs[1], model.Inputs[2], model.Inputs[3]);
        TensorAssert.Close(RmsNorm(hidden) * scale.Plus(1), actual, 1e-5, "indicator");
    }

    [TestMethod]
    [DataRow("wan")]
    [DataRow("flux")]
    [DataRow("ltx")]
    [DataRow("mochi")]
    [DataRow("hunyuan")]
    [DataRow("allegro")]
    public void EasyCache_OfOneContextOrTwo_MovesTheLastOutputAlong(string name)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var model = TinyTransformers.Create(name);
        var noise = s_timesteps.Select((_, step) => model.Inputs[0].Times(1 - (0.01 * step))).ToList();
        var (outputs, decisions) = Run(model, noise, new EasyCacheConfig { Threshold = 1e9, RetentionSteps = 3 });
        Assert.AreEqual("CCCSSSSC", decisions);
        for (var step = 3; step < 7; step++)
            TensorAssert.Close(outputs[2].Plus(noise[step] - noise[2]), outputs[step], 1e-5, $"step {step}");
    }

    [TestMethod]
    public void EasyCache_OfALearnedVariance_IsRefusedInTheFirstForward()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var model = TinyTransformers.Create("latte");
        model.Cache.EnableCache(new EasyCacheConfig());
        using var run = model.Cache.BeginRun(s_timesteps, GuidanceLayout.None);
        var exception = Assert.ThrowsExactly<InvalidOperationException>(() => model.Forward());
        Assert.Contains("expected an output of the latents' shape [2, 4, 3, 8, 8], got [2, 8, 3, 8, 8]", exception.Message);
    }

    private static (List<Tensor> Outputs, string Decisions) Run(TinyTransformer model, List<Tensor> noise, CacheConfig config)
    {
        model.Cache.EnableCache(config);
        using var run = model.Cache.BeginRun(s_timesteps, GuidanceLayout.None);
        var outputs = noise.Select(latents => model.Call([latents, .. model.Inputs[1..]])).ToList();
        var recorded = run.Recorded();
        model.Cache.DisableCache();
        return (outputs, Of(recorded));
    }

    private static string Of(CachePlan plan)
    {
        var site = Enumerable.Range(0, plan.Sites.Length).First(plan.Touches);
        return string.Concat(plan.Rows.Select(row => row.Cells[site].IsComputed ? 'C' : 'S'));
    }

    private static Tensor Linear(Tensor input, Dictionary<string, Tensor> weights, string name) =>
        input.matmul(weights[name + ".weight"].t()).Plus(weights[name + ".bias"]);

    private static Tensor RmsNorm(Tensor input) => input * input.Squared().mean([-1], keepdim: true).Plus(1e-6).rsqrt();

    private static object Private(object model, string method, params object?[] arguments) =>
        model.GetType().GetMethod(method, BindingFlags.NonPublic | BindingFlags.Instance)!.Invoke(model, arguments)!;
}

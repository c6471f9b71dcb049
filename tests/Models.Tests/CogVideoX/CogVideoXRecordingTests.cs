using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class CogVideoXRecordingTests
{
    /// <summary>What the recordings allow a plain forward.</summary>
    private const double Limit = 2e-5;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("cogvideox-2b-tiny")]
    [DataRow("cogvideox-5b-tiny")]
    public void Forward_OnRecordedInputs_GivesRecordedOutput(string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = CogVideoXTransformer3DModel.FromPretrained(Recording.PathOf(name, "model"));
        var expected = Recording.Tensors(name, "output.safetensors")["sample"];

        var output = Forward(model, Recording.Tensors(name, "inputs.safetensors"));

        TestContext.WriteLine($"{name}: {TensorAssert.MaxDifference(expected, output):g3}");
        TensorAssert.Close(expected, output, Limit, name);
    }

    [TestMethod]
    [DataRow("cogvideox-2b-tiny")]
    [DataRow("cogvideox-5b-tiny")]
    public void Forward_OnRecordedInputs_GivesRecordedIntermediates(string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = CogVideoXTransformer3DModel.FromPretrained(Recording.PathOf(name, "model"));
        var expected = Recording.Tensors(name, "intermediates.safetensors");
        var seen = new Dictionary<string, Tensor>();
        foreach (var (path, module) in model.named_modules())
            Hook(path, module, seen);

        var inputs = Recording.Tensors(name, "inputs.safetensors");
        Forward(model, inputs);
        // The model makes the one and the other in calls of their own.
        var embed = model.named_modules().Select(each => each.module).OfType<CogVideoXPatchEmbed>().Single();
        var (hidden, encoder) = embed.call(inputs["encoder_hidden_states"], inputs["hidden_states"]);
        seen["patch_embed"] = cat([encoder, hidden], dim: 1);

        var compared = expected.Keys.Where(seen.ContainsKey).ToList();
        Assert.HasCount(8 + 2 * (model.Config.NumLayers - 2) + 2, compared, string.Join(", ", compared));
        foreach (var key in compared)
            TensorAssert.Close(expected[key], seen[key], Limit, key);
    }

    [TestMethod]
    public void PrepareRotaryPositionalEmbeddings_OfRecordedSize_GivesRecordedTables()
    {
        using var scope = NewDisposeScope();
        var inputs = Recording.Tensors("cogvideox-5b-tiny", "inputs.safetensors");
        var config = CogVideoXTransformer3DModelConfig.FromFile(Recording.PathOf("cogvideox-5b-tiny", "model", "config.json"));

        var rotary = CogVideoXTransformer3DModel.PrepareRotaryPositionalEmbeddings(config, 64, 96, 3);

        TensorAssert.Close(inputs["image_rotary_emb.0"], rotary.Cos, 1e-6);
        TensorAssert.Close(inputs["image_rotary_emb.1"], rotary.Sin, 1e-6);
    }

    private static Tensor Forward(CogVideoXTransformer3DModel model, Dictionary<string, Tensor> inputs) =>
        model.call(inputs["hidden_states"], inputs["encoder_hidden_states"], inputs["timestep"], null, null, Recording.Rotary(inputs));

    private static void Hook(string path, nn.Module module, Dictionary<string, Tensor> seen)
    {
        switch (module)
        {
            case CogVideoXBlock block:
                block.register_forward_hook((_, _, _, _, _, result) =>
                {
                    seen[path + ".0"] = result.Item1.clone().MoveToOuterDisposeScope();
                    seen[path + ".1"] = result.Item2.clone().MoveToOuterDisposeScope();
                    return result;
                });
                break;
            case nn.Module<Tensor, Tensor> simple:
                simple.register_forward_hook((_, _, result) =>
                {
                    seen[path] = result.clone().MoveToOuterDisposeScope();
                    return result;
                });
                break;
            case AdaLayerNorm norm:
                norm.register_forward_hook((_, _, _, result) =>
                {
                    seen[path] = result.clone().MoveToOuterDisposeScope();
                    return result;
                });
                break;
            case TimestepEmbedding embedding:
                embedding.register_forward_hook((_, _, _, result) =>
                {
                    seen[path] = result.clone().MoveToOuterDisposeScope();
                    return result;
                });
                break;
        }
    }
}

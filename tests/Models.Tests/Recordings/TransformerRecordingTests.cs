using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Plain forwards against diffusers'.</summary>
[TestClass]
public sealed class TransformerRecordingTests
{
    /// <summary>What the recordings allow.</summary>
    private const double Limit = 2e-5;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("latte-tiny")]
    [DataRow("wan-tiny")]
    [DataRow("wan-i2v-tiny")]
    [DataRow("wan-flf-tiny")]
    [DataRow("wan-image-tiny")]
    [DataRow("wan-ti2v-tiny")]
    [DataRow("flux-tiny")]
    [DataRow("ltx-tiny")]
    [DataRow("mochi-tiny")]
    [DataRow("hunyuan-video-tiny")]
    [DataRow("allegro-tiny")]
    public void Forward_OnRecordedInputs_GivesRecordedOutput(string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = RecordedTransformer.Load(name);
        var expected = Recording.Tensors(name, "output.safetensors")["sample"];

        var output = model.Forward(Recording.Tensors(name, "inputs.safetensors"), Recording.Scalars(name, "forward.json"));

        TestContext.WriteLine($"{name}: {TensorAssert.MaxDifference(expected, output):g3}");
        TensorAssert.Close(expected, output, Limit, name);
    }

    [TestMethod]
    [DataRow("latte-tiny", "")]
    [DataRow("wan-tiny", "")]
    [DataRow("ltx-tiny", "")]
    // Attention without a projection of its own gives nothing that a hook would see.
    [DataRow("flux-tiny", "single_transformer_blocks.0.attn single_transformer_blocks.1.attn")]
    [DataRow("mochi-tiny", "transformer_blocks.2.attn1.1")]
    [DataRow(
        "hunyuan-video-tiny",
        "single_transformer_blocks.0.attn.0 single_transformer_blocks.0.attn.1 single_transformer_blocks.1.attn.0 single_transformer_blocks.1.attn.1")]
    [DataRow("allegro-tiny", "")]
    public void Forward_OnRecordedInputs_GivesRecordedIntermediates(string name, string unseen)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = RecordedTransformer.Load(name);
        var inputs = Recording.Tensors(name, "inputs.safetensors");
        var expected = Recording.Tensors(name, "intermediates.safetensors");
        var outputs = ModuleOutputs.Of(model.Module, inputs["encoder_hidden_states"].size(-2));

        model.Forward(inputs, Recording.Scalars(name, "forward.json"));

        CollectionAssert.AreEquivalent(
            unseen.Split(' ', StringSplitOptions.RemoveEmptyEntries), expected.Keys.Except(outputs.Seen.Keys).ToArray());
        foreach (var (key, tensor) in expected.Where(entry => outputs.Seen.ContainsKey(entry.Key)))
            TensorAssert.Close(tensor, outputs.Seen[key].reshape(tensor.shape), Limit, key);
        foreach (var tensor in outputs.Seen.Values)
            tensor.Dispose();
    }

    [TestMethod]
    [DataRow("latte-tiny")]
    [DataRow("wan-tiny")]
    [DataRow("wan-i2v-tiny")]
    [DataRow("wan-flf-tiny")]
    [DataRow("wan-image-tiny")]
    [DataRow("wan-ti2v-tiny")]
    [DataRow("flux-tiny")]
    [DataRow("ltx-tiny")]
    [DataRow("mochi-tiny")]
    [DataRow("hunyuan-video-tiny")]
    [DataRow("allegro-tiny")]
    public void SavePretrained_OfALoadedModel_WritesItAgain(string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        var inputs = Recording.Tensors(name, "inputs.safetensors");
        using var model = RecordedTransformer.Load(name);
        switch (model.Module)
        {
            case LatteTransformer3DModel latte:
                latte.SavePretrained(folder.Path);
                using (var again = LatteTransformer3DModel.FromPretrained(folder.Path))
                    Same(latte.Config, again.Config, latte.state_dict(), again.state_dict());
                break;
            case WanTransformer3DModel wan:
                wan.SavePretrained(folder.Path);
                using (var again = WanTransformer3DModel.FromPretrained(folder.Path))
                    Same(wan.Config, again.Config, wan.state_dict(), again.state_dict());
                break;
            case LTXVideoTransformer3DModel ltx:
                ltx.SavePretrained(folder.Path);
                using (var again = LTXVideoTransformer3DModel.FromPretrained(folder.Path))
                    Same(ltx.Config, again.Config, ltx.state_dict(), again.state_dict());
                break;
            case MochiTransformer3DModel mochi:
                mochi.SavePretrained(folder.Path);
                using (var again = MochiTransformer3DModel.FromPretrained(folder.Path))
                    Same(mochi.Config, again.Config, mochi.state_dict(), again.state_dict());
                break;
            case FluxTransformer2DModel flux:
                flux.SavePretrained(folder.Path);
                using (var again = FluxTransformer2DModel.FromPretrained(folder.Path))
                    Same(flux.Config, again.Config, flux.state_dict(), again.state_dict());
                break;
            case HunyuanVideoTransformer3DModel hunyuan:
                hunyuan.SavePretrained(folder.Path);
                using (var again = HunyuanVideoTransformer3DModel.FromPretrained(folder.Path))
                    Same(hunyuan.Config, again.Config, hunyuan.state_dict(), again.state_dict());
                break;
            case AllegroTransformer3DModel allegro:
                allegro.SavePretrained(folder.Path);
                using (var again = AllegroTransformer3DModel.FromPretrained(folder.Path))
                    Same(allegro.Config, again.Config, allegro.state_dict(), again.state_dict());
                break;
            default:
                Assert.Fail(name);
                break;
        }
    }

    private static void Same(object config, object again, Dictionary<string, Tensor> state, Dictionary<string, Tensor> stateAgain)
    {
        Assert.AreEqual(config, again);
        CollectionAssert.AreEqual(state.Keys, stateAgain.Keys);
        foreach (var (key, tensor) in state)
            TensorAssert.Same(tensor, stateAgain[key], key);
    }
}

using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class CogVideoXInputTests
{
    private readonly DisposeScope _scope = NewDisposeScope();

    [TestCleanup]
    public void Cleanup() => _scope.Dispose();

    [TestMethod]
    public void Forward_OnWrongLatents_SaysWhatItExpects()
    {
        Refused("[batch, frames, channels, height, width], found [2, 4, 8, 12]", TinyModels.Sincos, latents: zeros(2, 4, 8, 12));
        Refused("4 channels", TinyModels.Sincos, latents: zeros([2, 3, 5, 8, 12]));
        Refused("divisible by the patch size 2, found [2, 3, 4, 7, 12]", TinyModels.Sincos, latents: zeros([2, 3, 4, 7, 12]));
        Refused("divisible by the patch size 2", TinyModels.Sincos, latents: zeros([2, 3, 4, 8, 11]));
        Refused("divisible by patch_size_t 2", TinyModels.Version15, latents: TinyModels.Latents(TinyModels.Version15, 3), ofs: ones(1));
        Refused("type Float32, as the model, found BFloat16", TinyModels.Sincos, latents: zeros([2, 3, 4, 8, 12], dtype: ScalarType.BFloat16));
    }

    [TestMethod]
    public void Forward_OnWrongPromptOrTimestep_SaysWhatItExpects()
    {
        Refused("[2, text, 24], found [2, 10, 25]", TinyModels.Sincos, prompt: zeros(2, 10, 25));
        Refused("[2, text, 24], found [1, 10, 24]", TinyModels.Sincos, prompt: zeros(1, 10, 24));
        Refused("[2, text, 24], found [10, 24]", TinyModels.Sincos, prompt: zeros(10, 24));
        Refused("expected [2], found []", TinyModels.Sincos, timestep: tensor(5));
        Refused("expected [2], found [3]", TinyModels.Sincos, timestep: zeros(3));
        Refused("without a condition", TinyModels.Sincos, condition: zeros(2, 16));
    }

    [TestMethod]
    public void Forward_OnWrongPositions_SaysWhatItExpects()
    {
        using var small = TinyModels.RotaryFor(TinyModels.Rotary, frames: 2);
        Refused("has rotary positions: expected those of PrepareRotaryPositionalEmbeddings", TinyModels.Rotary, rotary: null);
        Refused("rotary tables [72, 16], found [48, 16]", TinyModels.Rotary, rotary: small);
        Refused("no rotary positions", TinyModels.Sincos, rotary: small);
        Refused("expected ofs", TinyModels.Version15, latents: TinyModels.Latents(TinyModels.Version15, 4), rotary: TinyModels.RotaryFor(TinyModels.Version15, 4));
        Refused("no ofs embedding", TinyModels.Sincos, ofs: ones(1));
        Refused("10 prompt tokens, found 11", TinyModels.Learned, prompt: zeros(2, 11, 24), rotary: TinyModels.RotaryFor(TinyModels.Learned));
        var wide = TinyModels.Learned with { SampleWidth = 16 };
        Refused("for latents of 8 × 12, found 8 × 16", TinyModels.Learned, latents: TinyModels.Latents(wide), rotary: TinyModels.RotaryFor(wide));
    }

    [TestMethod]
    public void Forward_OnOneTimestepForAll_TakesIt()
    {
        using var noGrad = no_grad();
        using var model = CogVideoXTransformer3DModel.FromConfig(TinyModels.Sincos);
        var (latents, prompt) = (TinyModels.Latents(TinyModels.Sincos), TinyModels.Prompt(TinyModels.Sincos));

        TensorAssert.Close(
            model.call(latents, prompt, tensor(new[] { 500L, 500L }), null, null, null),
            model.call(latents, prompt, tensor(new[] { 500.0 }), null, null, null),
            1e-6);
    }

    [TestMethod]
    public void Forward_AfterAnError_LeavesNothingAlive()
    {
        using var model = CogVideoXTransformer3DModel.FromConfig(TinyModels.Learned);
        using var rotary = TinyModels.RotaryFor(TinyModels.Learned);
        var (latents, prompt, timestep) = (TinyModels.Latents(TinyModels.Learned), zeros(2, 11, 24), TinyModels.Timestep());
        // The frequencies of timesteps are kept.
        Assert.ThrowsExactly<ArgumentException>(() => model.call(latents, prompt, timestep, null, null, rotary));
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Assert.ThrowsExactly<ArgumentException>(() => model.call(latents, prompt, timestep, null, null, rotary));

        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    [DataRow("""{"patch_size": "two"}""", "patch_size")]
    [DataRow("""{"patch_size": null}""", "patch_size")]
    [DataRow("""{"activation_fn": null}""", "activation_fn")]
    [DataRow("""{"_class_name": "WanTransformer3DModel"}""", "found 'WanTransformer3DModel'")]
    [DataRow("""{"patch_size": 2""", "config")]
    public void FromFile_OfAnotherConfig_NamesKeyAndFile(string json, string expected)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["config.json"], json);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => CogVideoXTransformer3DModel.FromPretrained(folder.Path));

        StringAssert.Contains(error.Message, expected);
        StringAssert.Contains(error.Message, folder["config.json"]);
    }

    [TestMethod]
    public void FromJson_OfARecordedConfig_ReadsItAndIgnoresPrivateKeys()
    {
        var config = CogVideoXTransformer3DModelConfig.FromFile(Recording.PathOf("cogvideox-5b-tiny", "model", "config.json"));

        Assert.AreEqual(TinyModels.Rotary with { NumLayers = 3 }, config);
        Assert.AreEqual(config, CogVideoXTransformer3DModelConfig.FromJson(config.ToJson()));
        Assert.AreEqual(new CogVideoXTransformer3DModelConfig(), CogVideoXTransformer3DModelConfig.FromJson("""{"_name_or_path": "x"}"""));
    }

    [TestMethod]
    public void FromConfig_OfImpossibleSettings_IsRefused()
    {
        Impossible(TinyModels.Sincos with { NumAttentionHeads = 0 });
        Impossible(TinyModels.Sincos with { UseLearnedPositionalEmbeddings = true });
        Impossible(TinyModels.Version15 with { OfsEmbedDim = 17 });
        Impossible(TinyModels.Sincos with { ActivationFn = "step" });
        Impossible(TinyModels.Sincos with { TimestepActivationFn = "step" });

        static void Impossible(CogVideoXTransformer3DModelConfig config) =>
            Assert.ThrowsExactly<ArgumentException>(() => CogVideoXTransformer3DModel.FromConfig(config));
    }

    private static void Refused(
        string expected,
        CogVideoXTransformer3DModelConfig config,
        Tensor? latents = null,
        Tensor? prompt = null,
        Tensor? timestep = null,
        Tensor? condition = null,
        Tensor? ofs = null,
        RotaryEmbedding? rotary = null)
    {
        using var noGrad = no_grad();
        using var model = CogVideoXTransformer3DModel.FromConfig(config);
        var error = Assert.ThrowsExactly<ArgumentException>(() => model.call(
            latents ?? TinyModels.Latents(config), prompt ?? TinyModels.Prompt(config), timestep ?? TinyModels.Timestep(), condition, ofs, rotary));
        StringAssert.Contains(error.Message, expected);
    }
}

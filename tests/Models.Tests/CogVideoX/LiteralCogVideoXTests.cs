using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class LiteralCogVideoXTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("5b", "F32")]
    [DataRow("1.5", "F32")]
    [DataRow("5b image-to-video", "F32")]
    [DataRow("1.5", "F64")]
    public void Forward_OfAForm_AgreesWithItsFormulas(string form, string type)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        var config = TinyModels.Named(form);
        var dtype = type == "F64" ? ScalarType.Float64 : ScalarType.Float32;
        using var model = CogVideoXTransformer3DModel.FromConfig(config, dtype: dtype);
        Randomize(model);
        var frames = config.PatchSizeT is null ? 3 : 4;
        var (latents, prompt, timestep) = (TinyModels.Latents(config, frames, dtype), TinyModels.Prompt(config, dtype), TinyModels.Timestep());
        var ofs = config.OfsEmbedDim is null ? null : tensor(new[] { 2f });
        var rotary = TinyModels.RotaryFor(config, frames);

        var output = model.call(latents, prompt, timestep, null, ofs, rotary);

        var expected = new LiteralCogVideoX(config, model.state_dict()).Forward(latents, prompt, timestep, ofs, rotary);
        TestContext.WriteLine($"{form}: {TensorAssert.MaxDifference(expected, output):g3} of {TensorAssert.MaxMagnitude(expected):g3}");
        // The frequencies of a timestep are float32 in every type: at t = 999 an angle is good to 6e-5.
        TensorAssert.Close(expected, output, 2e-5 * TensorAssert.MaxMagnitude(expected));
    }

    [TestMethod]
    public void Forward_OfVersion15_DependsOnOfs()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = CogVideoXTransformer3DModel.FromConfig(TinyModels.Version15);
        Randomize(model);
        var (latents, prompt, rotary) = (
            TinyModels.Latents(TinyModels.Version15, 4), TinyModels.Prompt(TinyModels.Version15), TinyModels.RotaryFor(TinyModels.Version15, 4));
        Tensor Forward(float ofs) => model.call(latents, prompt, TinyModels.Timestep(), null, tensor(new[] { ofs }), rotary);

        Assert.IsGreaterThan(1e-3, TensorAssert.MaxDifference(Forward(2), Forward(30)));
    }

    /// <summary>Weights under which every layer matters: norms other than the identity, biases other than 0.</summary>
    private static void Randomize(nn.Module model)
    {
        foreach (var (_, parameter) in model.named_parameters())
            parameter.Plus_(randn_like(parameter).Times(0.2));
        foreach (var (_, buffer) in model.named_buffers())
            buffer.Plus_(randn_like(buffer));
    }
}

using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class MochiAutoencoderTests
{
    private static AutoencoderKLMochiConfig Tiny { get; } =
        AutoencoderKLMochiConfig.FromFile(Recording.PathOf(RecordedVideoAutoencoder.Mochi, "model", "config.json"));

    [TestMethod]
    public void Encode_SaysThatThereIsNoEncoder()
    {
        using var scope = NewDisposeScope();
        using var model = AutoencoderKLMochi.FromConfig(Tiny);
        var error = Assert.ThrowsExactly<NotSupportedException>(() => model.Encode(zeros([2, 3, 7, 8, 9])));
        Assert.Contains("no encoder", error.Message);
        Assert.ThrowsExactly<NotSupportedException>(() => model.forward(zeros([1, 3, 7, 8, 8])));
    }

    [TestMethod]
    public void Checkpoint_WithAnEncoder_IsLoadedAsWithout()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = (AutoencoderKLMochi)RecordedVideoAutoencoder.Load(RecordedVideoAutoencoder.Mochi);
        model.SavePretrained(folder.Path);
        var weights = folder["diffusion_pytorch_model.safetensors"];
        void Write(string name) => SafetensorsWriter.Write(weights, [.. model.state_dict(), new(name, zeros(32, 15))]);
        Write("encoder.proj_in.weight");
        using (var loaded = AutoencoderKLMochi.FromPretrained(folder.Path))
        {
            var latents = randn([1, 4, 1, 2, 2]);
            TensorAssert.Same(model.Decode(latents), loaded.Decode(latents));
        }
        Write("decoder.proj_in.weight");
        Assert.Contains("unexpected 'decoder.proj_in.weight'", Assert.ThrowsExactly<InvalidDataException>(() => AutoencoderKLMochi.FromPretrained(folder.Path)).Message);
    }

    [TestMethod]
    public void AllFrames_BeginWithThoseThatAreElseDropped()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = AutoencoderKLMochi.FromConfig(Tiny);
        var latents = randn([1, 4, 2, 2, 3]);
        var video = model.Decode(latents);
        CollectionAssert.AreEqual(new long[] { 1, 3, 7, 8, 12 }, video.shape);
        model.DropLastTemporalFrames = false;
        var all = model.Decode(latents);
        CollectionAssert.AreEqual(new long[] { 1, 3, 12, 8, 12 }, all.shape);
        TensorAssert.Same(video, all.narrow(2, 5, 7));
    }

    [TestMethod]
    public void Framewise_DecodesEveryBatchByItself()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = AutoencoderKLMochi.FromConfig(Tiny);
        (model.UseFramewiseDecoding, model.DropLastTemporalFrames) = (true, false);
        var latents = randn([1, 4, 5, 2, 2]);
        var parts = latents.split(2, 2).Select(part => model.Decode(part));
        TensorAssert.Same(cat([.. parts], 2), model.Decode(latents));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.NumLatentFramesBatchSize = 0);
    }

    [TestMethod]
    public void Config_NoModelCanBeBuiltFrom_IsRefused()
    {
        foreach (var (config, part) in new[]
        {
            (Tiny with { DecoderBlockOutChannels = [] }, "decoder_block_out_channels"),
            (Tiny with { DecoderBlockOutChannels = [32, 48, 64] }, "multiples of 32"),
            (Tiny with { EncoderBlockOutChannels = [0] }, "encoder_block_out_channels"),
            (Tiny with { LayersPerBlock = [1, 1, 1] }, "4 blocks at least"),
            (Tiny with { LayersPerBlock = [1, 1, 1, -1] }, "layers_per_block of 0 or more"),
            (Tiny with { TemporalExpansions = [2] }, "temporal_expansions"),
            (Tiny with { SpatialExpansions = [2, 0] }, "spatial_expansions"),
            (Tiny with { SpatialExpansions = [1 << 20, 1 << 20] }, "spatial_expansions"),
            (Tiny with { LatentChannels = 0 }, "latent_channels"),
            (Tiny with { ScalingFactor = 0 }, "scaling_factor"),
            (Tiny with { ActFn = "nosuch" }, "nosuch"),
        })
        {
            Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => AutoencoderKLMochi.FromConfig(config)).Message);
        }
    }
}

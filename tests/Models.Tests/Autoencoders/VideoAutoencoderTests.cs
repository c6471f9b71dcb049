using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class VideoAutoencoderTests
{
    private static IEnumerable<object[]> Folders => RecordedVideoAutoencoder.Folders.Select(folder => (object[])[folder]);

    [TestMethod]
    [DynamicData(nameof(Folders))]
    public void SavePretrained_ThenFromPretrained_GivesTheSameModel(string folder)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var scratch = new ScratchFolder();
        using var model = RecordedVideoAutoencoder.Load(folder);
        using var loaded = model switch
        {
            AutoencoderKLLTXVideo ltx => SavedAndLoaded(ltx, scratch.Path),
            AutoencoderKLHunyuanVideo hunyuan => SavedAndLoaded(hunyuan, scratch.Path),
            _ => (StridedAutoencoder)SavedAndLoaded((AutoencoderKLMochi)model, scratch.Path),
        };
        var latents = randn([1, model.LatentChannels(), 2, 2, 3]);
        TensorAssert.Same(model.DecodeAny(latents), loaded.DecodeAny(latents));
        Assert.AreEqual(model.UseSlicing, loaded.UseSlicing);
    }

    [TestMethod]
    [DynamicData(nameof(Folders))]
    public void Forward_InTraining_GivesEveryWeightAGradient(string folder)
    {
        using var scope = NewDisposeScope();
        using var model = RecordedVideoAutoencoder.Load(folder);
        foreach (var parameter in model.parameters())
            parameter.requires_grad = true;
        model.train();
        var loss = model.DecodeAny(randn([1, model.LatentChannels(), 2, 2, 2])).Squared().mean();
        if (model is not AutoencoderKLMochi)
        {
            using var posterior = model.Encode(randn([1, 3, 9, model.SpatialCompressionRatio, 2 * model.SpatialCompressionRatio]));
            loss = loss.Plus(posterior.Moments.Squared().mean());
        }
        loss.backward();
        foreach (var (name, parameter) in model.named_parameters())
            Assert.IsTrue(parameter.grad is not null && parameter.grad.isfinite().all().item<bool>(), name);
    }

    [TestMethod]
    [DynamicData(nameof(Folders))]
    public void Slices_OfABatch_GiveWhatTheBatchGives(string folder)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = RecordedVideoAutoencoder.Load(folder);
        var latents = randn([3, model.LatentChannels(), 2, 1, 3]);
        var whole = model.DecodeAny(latents);
        model.EnableSlicing();
        TensorAssert.Close(whole, model.DecodeAny(latents), 1e-5);
    }

    [TestMethod]
    [DynamicData(nameof(Folders))]
    public void Tiles_ThatAreNoWholeNumberOfLatents_GiveAVideoOfItsSize(string folder)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = RecordedVideoAutoencoder.Load(folder);
        var ratio = model.SpatialCompressionRatio;
        model.EnableTiling(
            tileSampleMinHeight: 2 * ratio + 1, tileSampleMinWidth: 2 * ratio + 3, tileSampleStrideHeight: ratio + 1, tileSampleStrideWidth: ratio + 3);
        var video = model.DecodeAny(randn([1, model.LatentChannels(), 1, 4, 5]));
        CollectionAssert.AreEqual(new long[] { 1, 3, 1, 4 * ratio, 5 * ratio }, video.shape);
    }

    [TestMethod]
    [DynamicData(nameof(Folders))]
    public void Tiles_ThatDoNotAdvanceOrLeaveSomethingOut_AreRefused(string folder)
    {
        using var scope = NewDisposeScope();
        using var model = RecordedVideoAutoencoder.Load(folder);
        var ratio = model.SpatialCompressionRatio;
        void Refuses(string part, Action action) => Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(action).Message);
        Refuses($"a stride from {ratio}", () => model.EnableTiling(tileSampleStrideHeight: ratio - 1));
        Refuses("the size of a tile, 64; got 65", () => model.EnableTiling(tileSampleMinWidth: 64, tileSampleStrideWidth: 65));
        Assert.IsFalse(model.UseTiling);
        if (model is FramewiseAutoencoder framewise)
        {
            Refuses("got 0", () => framewise.EnableTiling(tileSampleStrideNumFrames: 0));
            (framewise.UseFramewiseDecoding, framewise.TileSampleStrideNumFrames) = (true, 0);
            Refuses("got 0", () => model.DecodeAny(zeros([1, model.LatentChannels(), 9, 2, 2])));
            framewise.UseFramewiseDecoding = false;
        }
        model.EnableTiling();
        (model.TileSampleMinHeight, model.TileSampleStrideHeight) = (0, 0);
        Refuses("the size of a tile, 0; got 0", () => model.DecodeAny(zeros([1, model.LatentChannels(), 1, 2, 2])));
    }

    [TestMethod]
    [DynamicData(nameof(Folders))]
    public void Input_OfAnotherForm_IsRefused(string folder)
    {
        using var scope = NewDisposeScope();
        using var model = RecordedVideoAutoencoder.Load(folder);
        var channels = model.LatentChannels();
        void Refuses(string part, Action action) => Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(action).Message);
        Refuses($"[batch, {channels} latent channels, frames, height, width], got [1, 3, 1, 2, 2]", () => model.DecodeAny(zeros([1, 3, 1, 2, 2])));
        Refuses($"got [{channels}, 1, 2, 2]", () => model.DecodeAny(zeros([channels, 1, 2, 2])));
        Refuses($"got [1, {channels}, 0, 2, 2]", () => model.DecodeAny(zeros([1, channels, 0, 2, 2])));
        Refuses("Float32 on cpu as the weights, got Float64", () => model.DecodeAny(zeros([1, channels, 1, 2, 2], ScalarType.Float64)));
        Assert.ThrowsExactly<ArgumentNullException>(() => model.Decode(null!));
        if (model is not AutoencoderKLMochi)
            Refuses($"multiples of {model.SpatialCompressionRatio}, got 8 × 10", () => model.Encode(zeros([1, 3, 1, 8, 10])));
    }

    private static TModel SavedAndLoaded<TModel>(TModel model, string folder) where TModel : StridedAutoencoder, IPretrainedModel<TModel>
    {
        model.SavePretrained(folder);
        var loaded = PretrainedModels.FromPretrained<TModel>(folder);
        Assert.AreEqual(model.ConfigJson, loaded.ConfigJson);
        return loaded;
    }
}

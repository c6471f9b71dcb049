using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class CLIPImageProcessorTests
{
    private const string Name = "clip-image-processor";

    private static IEnumerable<object[]> Recorded => Recording.Json(Name, "cases.json").GetProperty("configs").EnumerateObject().Select(item => new object[] { item.Name });

    private static IEnumerable<object[]> Resized =>
        Recording.Json(Name, "cases.json").GetProperty("sums").EnumerateArray().Select(sum => sum.EnumerateArray().Select(number => (object)number.GetInt64()).ToArray());

    [TestMethod]
    [DynamicData(nameof(Recorded))]
    public void Preprocess_AsRecorded_IsTheRecordedBitForBit(string name)
    {
        using var scope = NewDisposeScope();
        var pictures = Recording.Tensors(Name, "pictures.safetensors");
        var processor = Read(Recording.Json(Name, "cases.json").GetProperty("configs").GetProperty(name).GetRawText());
        var pixels = processor.Preprocess(pictures[name + ".images"].to(ScalarType.Float32).Over(255));
        Assert.AreEqual(ScalarType.Float32, pixels.dtype);
        TensorAssert.Same(pictures[name + ".pixel_values"], pixels, name);
    }

    [TestMethod]
    [DynamicData(nameof(Resized))]
    public void Resize_OfWholePictures_GivesTheBytesOfPillow(long height, long width, long newHeight, long newWidth, long resample, long expected)
    {
        using var scope = NewDisposeScope();
        Tensor Axis(long size, long[] shape) => TensorArithmetic.Range(size, ScalarType.Int64).view(shape);
        var (channel, y, x) = (Axis(3, [3, 1, 1]), Axis(height, [1, height, 1]), Axis(width, [1, 1, width]));
        var picture = (x * x).Times(7).Plus(y.Times(13)).Plus(channel.Times(29)).Plus(x * y).remainder(tensor(256L)).to(ScalarType.Float32);

        var resized = Resampling.Of((int)resample).Resize(picture, newHeight, newWidth);

        CollectionAssert.AreEqual(new[] { 3, newHeight, newWidth }, resized.shape);
        var places = TensorArithmetic.Range(resized.NumberOfElements, ScalarType.Int64).remainder(tensor(251L)).Plus(1);
        Assert.AreEqual(expected, (resized.to(ScalarType.Int64).flatten() * places).sum().item<long>());
    }

    [TestMethod]
    public void Defaults_AreThoseOfAFileWithoutSettings()
    {
        var config = Read("{}").Config;
        Assert.AreEqual(new CLIPImageProcessorConfig(), config);
        Assert.AreEqual(PictureSize.OfShorterEdge(224), config.Size);
        using var scope = NewDisposeScope();
        var pixels = new CLIPImageProcessor(config).Preprocess(Full([2, 3, 30, 50], 0.5, ScalarType.BFloat16));
        CollectionAssert.AreEqual(new long[] { 2, 3, 224, 224 }, pixels.shape);
        // 128 is the byte next to the half of 255.
        Assert.AreEqual((128f / 255 - 0.48145466f) / 0.26862954f, pixels[0, 0, 100, 7].item<float>(), 1e-6f);
    }

    [TestMethod]
    [DataRow("""{"size": {"longest_edge": 30}}""", "'size': expected a whole number, one of shortest_edge, or ones of height and width")]
    [DataRow("""{"size": {"shortest_edge": null}}""", "'size'")]
    [DataRow("""{"crop_size": {"height": 30}}""", "'crop_size'")]
    [DataRow("""{"crop_size": [1, 2, 3]}""", "'crop_size'")]
    [DataRow("""{"crop_size": "large"}""", "'crop_size'")]
    [DataRow("""{"size": 0}""", "size above 0, found 0")]
    [DataRow("""{"crop_size": [4, -1]}""", "crop_size above 0, found -1")]
    [DataRow("""{"image_mean": [0.5, 0.5]}""", "'image_mean': expected a number, or an array of three")]
    [DataRow("""{"image_mean": null}""", "'image_mean'")]
    [DataRow("""{"image_std": [0.5, 0, 0.5]}""", "image_std other than 0")]
    [DataRow("""{"rescale_factor": 0}""", "rescale_factor other than 0")]
    [DataRow("""{"do_resize": 1}""", "'do_resize': expected true or false")]
    [DataRow("[]", "not a JSON object")]
    public void FromPretrained_OfAnotherForm_IsRefused(string json, string part) =>
        Assert.Contains(part, Assert.ThrowsExactly<InvalidDataException>(() => Read(json)).Message);

    [TestMethod]
    public void FromPretrained_OfWhatIsNotHere_IsRefused()
    {
        Assert.Contains("'resample': 0 is not supported", Assert.ThrowsExactly<NotSupportedException>(() => Read("""{"resample": 0}""")).Message);
        using var folder = new ScratchFolder();
        Assert.Contains("preprocessor_config.json", Assert.ThrowsExactly<FileNotFoundException>(() => CLIPImageProcessor.FromPretrained(folder.Path)).Message);
        Assert.ThrowsExactly<ArgumentNullException>(() => new CLIPImageProcessor(null!));
        Assert.ThrowsExactly<ArgumentException>(() => new CLIPImageProcessor(new() { Size = new(3, 0) }));
    }

    [TestMethod]
    public void Pictures_OfAnotherForm_AreRefused()
    {
        using var scope = NewDisposeScope();
        var processor = Read("{}");
        void Refuses(string part, Tensor images) => Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => processor.Preprocess(images)).Message);
        Refuses("[batch, 3, height, width], floating-point numbers, found [3, 5, 5]", zeros(3, 5, 5));
        Refuses("found [1, 4, 5, 5]", zeros(1, 4, 5, 5));
        Refuses("found [1, 3, 0, 5]", zeros(1, 3, 0, 5));
        Refuses("floating-point numbers, found [1, 3, 5, 5]", zeros([1, 3, 5, 5], ScalarType.Byte));
        Refuses("in [0, 1], found 0 to 1.498", Full([1, 3, 5, 5], 1.5) * tensor(new[] { 0f, 1, 1, 1, 1 }));
        Refuses("in [0, 1], found -1 to -1", Full([1, 3, 5, 5], -1.0));
        Assert.ThrowsExactly<NotFiniteNumberException>(() => processor.Preprocess(Full([1, 3, 5, 5], double.NaN)));
        Assert.ThrowsExactly<ArgumentNullException>(() => processor.Preprocess(null!));
    }

    [TestMethod]
    [DataRow("""{"size": 2147483647}""", "size 2147483647 × 2147483647 of pictures of 5 × 5")]
    [DataRow("""{"size": [1, 2147483647], "do_center_crop": false}""", "size 1 × 2147483647")]
    [DataRow("""{"crop_size": 2147483647}""", "crop_size 2147483647 × 2147483647")]
    public void Preprocess_BeyondMemory_IsRefusedAtOnce(string json, string part)
    {
        using var images = zeros(1, 3, 5, 5);
        Assert.Contains(part, Assert.ThrowsExactly<InsufficientMemoryException>(() => Read(json).Preprocess(images)).Message);
    }

    [TestMethod]
    public void Preprocess_Repeated_LeavesNoTensorBehind()
    {
        using var images = rand(2, 3, 31, 17);
        using var wrong = Full([1, 3, 5, 5], 2.0);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        foreach (var json in new[] { "{}", """{"do_resize": false}""", """{"do_resize": false, "do_center_crop": false, "do_rescale": false, "do_normalize": false}""" })
        {
            Read(json).Preprocess(images).Dispose();
            Assert.ThrowsExactly<ArgumentException>(() => Read(json).Preprocess(wrong));
        }
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static CLIPImageProcessor Read(string json)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["preprocessor_config.json"], json);
        return CLIPImageProcessor.FromPretrained(folder.Path);
    }

    private static Tensor Full(long[] shape, double value, ScalarType? dtype = null) => TensorArithmetic.Full(shape, value, dtype);
}

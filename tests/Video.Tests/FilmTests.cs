using static TorchSharp.torch;

namespace Afterimage.Video.Tests;

[TestClass]
public class FilmTests
{
    [TestMethod]
    public void New_FourDimensions_KeepsColoursByPixelAndRow()
    {
        using var frames = zeros(2, 3, 2, 3);
        frames[1, 0, 0, 2] = 1f; // frame 1: red at the right of the first row,
        frames[1, 2, 1, 0] = 0.5f; // half blue at the left of the second
        var film = new Film(frames, 8);

        Assert.AreEqual((2, 3, 2, 8.0), (film.FrameCount, film.Width, film.Height, film.FramesPerSecond));
        CollectionAssert.AreEqual(new byte[18], film[0].ToArray());
        CollectionAssert.AreEqual(
            new byte[] { 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 128, 0, 0, 0, 0, 0, 0 }, film[1].ToArray());
    }

    [TestMethod]
    [DataRow(ScalarType.Float16)]
    [DataRow(ScalarType.BFloat16)]
    [DataRow(ScalarType.Float64)]
    public void New_BatchOfAnyFloat_TakesTheFilmAsked(ScalarType dtype)
    {
        using var frames = stack([zeros(1, 3, 4, 4), ones(1, 3, 4, 4)]).to(dtype);
        Assert.AreEqual(0, new Film(frames, 8)[0].Span[0]);
        Assert.AreEqual(255, new Film(frames, 8, batchIndex: 1)[0].Span[0]);
    }

    [TestMethod]
    public void New_ViewWithGradient_IsTaken()
    {
        using var frames = rand([2, 4, 4, 3], requires_grad: true);
        using var view = frames.permute(0, 3, 1, 2);
        Assert.AreEqual(2, new Film(view, 8).FrameCount);
    }

    [TestMethod]
    [DataRow(new long[] { 3, 4, 4 }, "[3, 4, 4]")]
    [DataRow(new long[] { 1, 1, 1, 3, 4, 4 }, "[1, 1, 1, 3, 4, 4]")]
    [DataRow(new long[] { 2, 4, 4, 4 }, "[2, 4, 4, 4]")]
    [DataRow(new long[] { 2, 1, 4, 4 }, "[2, 1, 4, 4]")]
    [DataRow(new long[] { 0, 3, 4, 4 }, "[0, 3, 4, 4]")]
    [DataRow(new long[] { 2, 3, 0, 4 }, "[2, 3, 0, 4]")]
    public void New_OtherForm_SaysWhatCame(long[] shape, string part)
    {
        using var frames = zeros(shape);
        Refuses<ArgumentException>(() => new Film(frames, 8), part, "[frames, 3, height, width]");
    }

    [TestMethod]
    public void Enlarged_ByTwo_MakesSquaresOfPixels()
    {
        using var frames = tensor(new float[] { 1, 0, 0, 1 }, [1, 1, 2, 2]).expand(1, 3, 2, 2);
        var film = new Film(frames, 8).Enlarged(2);

        Assert.AreEqual((4, 4, 1, 8.0), (film.Width, film.Height, film.FrameCount, film.FramesPerSecond));
        byte[] upper = [255, 255, 0, 0], lower = [0, 0, 255, 255];
        CollectionAssert.AreEqual(
            (byte[])[.. upper, .. upper, .. lower, .. lower], film[0].ToArray().Where((_, i) => i % 3 == 0).ToArray(), "red");
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(int.MaxValue)]
    public void Enlarged_ByWhatNoFilmHolds_IsRefused(int factor)
    {
        using var frames = zeros(1, 3, 4, 4);
        Refuses<ArgumentOutOfRangeException>(() => new Film(frames, 8).Enlarged(factor), "factor");
    }

    [TestMethod]
    public void New_Integers_AreNoColours()
    {
        using var frames = zeros([1, 3, 4, 4], ScalarType.Byte);
        Refuses<ArgumentException>(() => new Film(frames, 8), "Byte", "floating-point");
    }

    [TestMethod]
    [DataRow(float.NaN, "NaN")]
    [DataRow(float.PositiveInfinity, "Infinity")]
    [DataRow(-1f, "-1 to 0")]
    [DataRow(255f, "0 to 255")]
    public void New_NotAColour_NamesItsFrame(float value, string part)
    {
        using var frames = zeros(3, 3, 4, 4);
        frames[1, 2, 3, 3] = value;
        Refuses<ArgumentException>(() => new Film(frames, 8), part, "frame 1");
    }

    [TestMethod]
    public void New_RoundingOfHalfPrecision_IsCutOff()
    {
        using var frames = TensorArithmetic.Full([1, 3, 4, 4], 1.003f);
        Assert.AreEqual(255, new Film(frames, 8)[0].Span[0]);
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(-8.0)]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    public void New_NoRate_IsRefused(double framesPerSecond)
    {
        using var frames = zeros(1, 3, 4, 4);
        Refuses<ArgumentOutOfRangeException>(() => new Film(frames, framesPerSecond), "above 0");
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(-1)]
    public void New_NoSuchFilmInTheBatch_SaysHowManyThereAre(int index)
    {
        using var frames = zeros([2, 1, 3, 4, 4]);
        Refuses<ArgumentOutOfRangeException>(() => new Film(frames, 8, index), $"{index}", "batch of 2");
    }

    [TestMethod]
    public void New_LeavesNoTensorBehind()
    {
        using var frames = rand([2, 3, 3, 8, 8]);
        using var spoiled = frames.Times(3);
        var live = LiveTensors.CountAtStart();
        _ = new Film(frames, 8, 1);
        Assert.ThrowsExactly<ArgumentException>(() => new Film(spoiled, 8));
        Assert.AreEqual(live, Tensor.TotalCount);
    }

    private static void Refuses<TException>(Func<Film> make, params string[] parts)
        where TException : Exception
    {
        var exception = Assert.ThrowsExactly<TException>(() => make());
        foreach (var part in parts)
            Assert.Contains(part, exception.Message);
    }
}

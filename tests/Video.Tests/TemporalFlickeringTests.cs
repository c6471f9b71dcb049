using static TorchSharp.torch;

namespace Afterimage.Video.Tests;

[TestClass]
public class TemporalFlickeringTests
{
    [TestMethod]
    [DataRow(ScalarType.Float32, 1e-7)]
    [DataRow(ScalarType.Float64, 1e-14)]
    public void StillFilm_IsOne_AndBlinkingOneIsZero(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        var still = rand([1, 3, 5, 7], dtype).expand(4, 3, 5, 7);
        Assert.AreEqual(1.0, VideoQuality.TemporalFlickering(still));
        var blinking = TensorArithmetic.Range(4, dtype).view(4, 1, 1, 1).expand(4, 3, 5, 7).clone();
        blinking[2] = zeros(3, 5, 7);
        blinking[3] = ones(3, 5, 7);
        Assert.AreEqual(0.0, VideoQuality.TemporalFlickering(blinking), tolerance);
    }

    [TestMethod]
    public void BrightnessThatJumps_CostsItsMeanStep()
    {
        using var scope = NewDisposeScope();
        // Steps of 0.2, 0.1 and 0.3, in half of the channels.
        var film = tensor(new[] { 0.3, 0.5, 0.4, 0.7 }).view(4, 1, 1, 1).expand(4, 1, 6, 5);
        film = cat([film, zeros_like(film)], 1);
        Assert.AreEqual(1 - (0.2 + 0.1 + 0.3) / 3 / 2, VideoQuality.TemporalFlickering(film), 1e-14);
    }

    [TestMethod]
    public void Batch_HasNoNeighboursAcrossFilms()
    {
        using var scope = NewDisposeScope();
        var (first, second) = (rand(3, 3, 6, 5), rand(3, 3, 6, 5));
        var expected = (VideoQuality.TemporalFlickering(first) + VideoQuality.TemporalFlickering(second)) / 2;
        Assert.AreEqual(expected, VideoQuality.TemporalFlickering(stack([first, second])), 1e-14);
    }

    [TestMethod]
    public void FilmOfEightBits_IsThatOfTheReference()
    {
        using var scope = NewDisposeScope();
        var film = Films.Bands([5, 3, 20, 24]).Times(255).round().Over(255);
        // (255 - np.mean(mae_seq(frames))) / 255 of VBench's temporal_flickering.py, whose means are in float32, for these frames in uint8.
        Assert.AreEqual(0.6483006496055453, VideoQuality.TemporalFlickering(film), 1e-7);
    }

    [TestMethod]
    public void WhatIsNoFilm_IsNamed()
    {
        using var scope = NewDisposeScope();
        var film = rand(2, 3, 6, 5);
        Assert.Contains("two frames at least, got 1", Message(film[TensorIndex.Slice(0, 1)]));
        Assert.Contains("two frames at least, got 1", Message(film.unsqueeze(1)), "a batch of films of one frame");
        Assert.Contains("[3, 6, 5]", Message(film[0]));
        Assert.Contains("Int64", Message(film.to(ScalarType.Int64)));

        static string Message(Tensor film) => Assert.ThrowsExactly<ArgumentException>(() => VideoQuality.TemporalFlickering(film)).Message;
    }

    [TestMethod]
    public void Measure_LeavesNoTensorBehind()
    {
        using var film = rand([2, 3, 3, 6, 5]);
        var live = LiveTensors.CountAtStart();
        VideoQuality.TemporalFlickering(film);
        Assert.AreEqual(live, Tensor.TotalCount);
    }
}

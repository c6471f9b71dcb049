using static TorchSharp.torch;

namespace Afterimage.Video.Tests;

[TestClass]
public class PerceptualSimilarityTests
{
    // What lpips.LPIPS(net='alex') of commit 082bb24 gives with normalize=True and torch 2.6, in float32, for these films and weights.
    public static IEnumerable<(long[] Shape, double[] Distances)> References =>
    [
        ([2, 3, 64, 64], [0.11929723620414734, 0.13682821393013]),
        ([1, 3, 31, 45], [0.053062524646520615]),
    ];

    [TestMethod]
    [DynamicData(nameof(References))]
    public void Distance_IsThatOfTheReference(long[] shape, double[] distances)
    {
        using var scope = NewDisposeScope();
        var (film, other) = (Films.Bands(shape), Films.Bands(shape, isPatterned: true));
        using var measure = PerceptualSimilarity.FromStateDict(Weights(), "weights by formula");
        var perFrame = measure.PerFrame(film, other);
        Assert.HasCount(distances.Length, perFrame);
        foreach (var (expected, actual) in distances.Zip(perFrame))
            Assert.AreEqual(expected, actual, 1e-5 * expected);
        Assert.AreEqual(distances.Average(), measure.Of(other, film), 1e-5 * distances.Average());
        Assert.AreEqual(perFrame.Average(), measure.Of(film.to(ScalarType.Float32), other.to(ScalarType.Float32)), 1e-15);
        Assert.AreEqual(0.0, measure.Of(film, film));
    }

    [TestMethod]
    public void FlatFilms_AreTheClosedForm()
    {
        // The first layer has the red of its window's centre, which always lies in the frame, and 1; all other features are 0.
        using var scope = NewDisposeScope();
        var weights = Zeros();
        weights["net.slice1.0.weight"][0, 0, 5, 5] = tensor(1f);
        weights["net.slice1.0.bias"][1] = tensor(1f);
        weights["lin0.model.1.weight"][0, 0, 0, 0] = tensor(0.7f);
        weights["lin0.model.1.weight"][0, 1, 0, 0] = tensor(0.2f);
        using var measure = PerceptualSimilarity.FromStateDict(weights, "weights by hand");
        var (film, other) = (TensorArithmetic.Full([2, 3, 31, 40], 0.6), TensorArithmetic.Full([2, 3, 31, 40], 0.9));
        var (x, y) = (Features(0.6), Features(0.9));
        var expected = 0.7 * Math.Pow(x.Red - y.Red, 2) + 0.2 * Math.Pow(x.One - y.One, 2);
        Assert.AreEqual(expected, measure.Of(film, other), 1e-5 * expected);

        static (double Red, double One) Features(double red)
        {
            var scaled = (2 * red - 1 + 0.030) / 0.458;
            var length = Math.Sqrt(scaled * scaled + 1);
            return (scaled / length, 1 / length);
        }
    }

    [TestMethod]
    public void FaintFeatures_AreShorterThanOne()
    {
        // The reference divides by their length and 1e-10 more, so that what is as short as that counts half or so.
        using var scope = NewDisposeScope();
        var weights = Zeros();
        weights["net.slice1.0.weight"][0, 0, 5, 5] = tensor(1e-10f);
        weights["lin0.model.1.weight"][0, 0, 0, 0] = tensor(1f);
        using var measure = PerceptualSimilarity.FromStateDict(weights, "weights by hand");
        var (film, other) = (TensorArithmetic.Full([1, 3, 31, 31], 0.6), TensorArithmetic.Full([1, 3, 31, 31], 0.9));
        var expected = Math.Pow(Feature(0.6) - Feature(0.9), 2);
        Assert.AreEqual(expected, measure.Of(film, other), 1e-5 * expected);

        static double Feature(double red)
        {
            var scaled = (2 * red - 1 + 0.030) / 0.458;
            return scaled / (scaled + 1);
        }
    }

    [TestMethod]
    public void StateDict_MayHoldMore_AndOtherTypes()
    {
        using var scope = NewDisposeScope();
        var (film, other) = (Films.Bands([1, 3, 31, 31]), Films.Bands([1, 3, 31, 31], isPatterned: true));
        var weights = Weights();
        using var measure = PerceptualSimilarity.FromStateDict(weights, "a file");
        var wider = weights.ToDictionary(item => item.Key, item => item.Value.to(ScalarType.Float64));
        wider["scaling_layer.shift"] = zeros(1, 3, 1, 1);
        wider["lins.0.model.1.weight"] = wider["lin0.model.1.weight"];
        using var same = PerceptualSimilarity.FromStateDict(wider, "a file");
        Assert.AreEqual(measure.Of(film, other), same.Of(film, other));
        weights["lin0.model.1.weight"].zero_();
        Assert.AreEqual(measure.Of(film, other), same.Of(film, other), "the weights are copies");
    }

    [TestMethod]
    public void WeightsThatDoNotFit_AreNamed()
    {
        using var scope = NewDisposeScope();
        var weights = Zeros();
        weights.Remove("net.slice3.6.bias");
        Assert.AreEqual("alex.safetensors: tensor 'net.slice3.6.bias': expected [384], found no such tensor", Message());
        weights["net.slice3.6.bias"] = zeros(192);
        Assert.AreEqual("alex.safetensors: tensor 'net.slice3.6.bias': expected [384], found [192]", Message());
        weights["net.slice3.6.bias"] = zeros(384, ScalarType.Int64);
        Assert.AreEqual("alex.safetensors: tensor 'net.slice3.6.bias': expected floating-point numbers, found Int64", Message());

        string Message() => Assert.ThrowsExactly<InvalidDataException>(() => PerceptualSimilarity.FromStateDict(weights, "alex.safetensors")).Message;
    }

    [TestMethod]
    public void WeightShapes_AreThoseOfTheReference()
    {
        Assert.HasCount(15, PerceptualSimilarity.WeightShapes);
        // The trunk's 2,468,544 weights and 1,152 biases, and the five layers on top.
        Assert.AreEqual(2_469_696 + 1_152, PerceptualSimilarity.WeightShapes.Values.Sum(shape => shape.Aggregate((a, b) => a * b)));
    }

    [TestMethod]
    public void WhatCannotBeCompared_IsNamed()
    {
        using var scope = NewDisposeScope();
        var measure = PerceptualSimilarity.FromStateDict(Zeros(), "no weights");
        var film = rand(2, 3, 31, 31);
        Assert.Contains("[1, 3, 31, 31]", Message(film, film[TensorIndex.Slice(0, 1)]));
        Assert.Contains("3 channels, got 1", Message(film[.., ..1], film[.., ..1]));
        Assert.Contains("31 × 31 pixels at least, got 30 × 31", Message(film[.., .., .., ..30], film[.., .., .., ..30]));
        Assert.AreEqual(0.0, measure.Of(film, rand(2, 3, 31, 31)), "weights of nothing");
        measure.Dispose();
        measure.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => measure.Of(film, film));

        string Message(Tensor one, Tensor other) => Assert.ThrowsExactly<ArgumentException>(() => measure.Of(one, other)).Message;
    }

    [TestMethod]
    public void Measure_LeavesNoTensorBehind()
    {
        using var scope = NewDisposeScope();
        var weights = Weights();
        var (film, other) = (rand(2, 3, 33, 40), rand(2, 3, 33, 40));
        var live = LiveTensors.CountAtStart();
        using (var measure = PerceptualSimilarity.FromStateDict(weights, "weights by formula"))
            measure.Of(film, other);
        weights["lin4.model.1.weight"] = film;
        Assert.ThrowsExactly<InvalidDataException>(() => PerceptualSimilarity.FromStateDict(weights, "a file"));
        Assert.AreEqual(live, Tensor.TotalCount);
    }

    [TestMethod]
    public void Weights_OutliveTheScopeTheyAreMadeIn()
    {
        using var film = rand(1, 3, 31, 31);
        PerceptualSimilarity measure;
        using (NewDisposeScope())
            measure = PerceptualSimilarity.FromStateDict(Weights(), "weights by formula");
        using (measure)
            Assert.AreEqual(0.0, measure.Of(film, film));
    }

    private static Dictionary<string, Tensor> Zeros() =>
        PerceptualSimilarity.WeightShapes.ToDictionary(item => item.Key, item => zeros([.. item.Value]));

    /// <summary>
    /// Numbers that other programs can make too: of element i, (i + a)² mod 1009 / 1009, and of the trunk's (that - 0.5)·s. For weights a = 3 and
    /// s = √(24 / inputs of a sum), for biases a = 7 and s = 0.2, for the layers on top a = 5.
    /// </summary>
    private static Dictionary<string, Tensor> Weights() => PerceptualSimilarity.WeightShapes.ToDictionary(
        item => item.Key,
        item => item.Key.StartsWith("lin", StringComparison.Ordinal) ? Numbers(item.Value, 5, 0, 1)
            : item.Key.EndsWith("bias", StringComparison.Ordinal) ? Numbers(item.Value, 7, 0.5, 0.2)
            : Numbers(item.Value, 3, 0.5, Math.Sqrt(24.0 / (item.Value[1] * item.Value[2] * item.Value[3]))));

    private static Tensor Numbers(IReadOnlyList<long> shape, long added, double middle, double scale)
    {
        var values = new float[shape.Aggregate((a, b) => a * b)];
        for (var i = 0L; i < values.Length; i++)
            values[i] = (float)(((i + added) * (i + added) % 1009 / 1009.0 - middle) * scale);
        return tensor(values, [.. shape]);
    }
}

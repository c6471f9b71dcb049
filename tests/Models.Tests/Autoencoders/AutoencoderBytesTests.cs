using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>What decoding and encoding take is bounded by arithmetic, and the bound is near: compared with the memory of a process as Linux counts it.</summary>
[TestClass]
public sealed class AutoencoderBytesTests
{
    /// <summary>A bound may be so many times what is taken.</summary>
    private const double Slack = 1.5;

    /// <summary>Bytes that are .NET's and libraries' own.</summary>
    private const long Noise = 8 << 20;

    private static readonly int[] s_widths = [32, 64, 64, 128];

    private static readonly ScalarType[] s_types = [ScalarType.Float32, ScalarType.BFloat16];

    // Of layers in two dimensions, in three, and of such that keep frames: the other classes are made of these.
    private static readonly string[] s_ofHalfTypes = ["KL", "CogVideoX", "Wan 2.1"];

    private static IEnumerable<object[]> Decoded =>
        from name in Shapes.Keys
        from run in ((ScalarType Type, bool IsTiled)[])[(ScalarType.Float32, false), .. s_types.Select(type => (type, true))]
        where (run.IsTiled || name != "Allegro") && (run.Type == ScalarType.Float32 || s_ofHalfTypes.Contains(name))
        select (object[])[name, run.Type, run.IsTiled];

    private static IEnumerable<object[]> Encoded => Decoded.Where(each => (string)each[0] != "Mochi" && (ScalarType)each[1] == ScalarType.Float32);

    /// <summary>Latents that go through whole, and such that go through in tiles.</summary>
    private static Dictionary<string, (long[] Whole, long[] Tiled)> Shapes { get; } = new()
    {
        ["KL"] = ([1, 4, 44, 40], [3, 4, 44, 40]),
        ["CogVideoX"] = ([1, 8, 5, 10, 12], [1, 8, 4, 20, 16]),
        ["Hunyuan Video"] = ([1, 16, 4, 12, 10], [1, 16, 7, 18, 14]),
        ["LTX"] = ([2, 32, 3, 5, 6], [2, 32, 4, 6, 5]),
        ["Mochi"] = ([1, 12, 3, 12, 10], [1, 12, 3, 18, 12]),
        ["Wan 2.1"] = ([1, 16, 3, 18, 16], [1, 16, 3, 20, 14]),
        ["Wan 2.2"] = ([1, 16, 1, 16, 14], [1, 16, 3, 10, 12]),
        ["Allegro"] = ([], [1, 4, 3, 20, 12]),
    };

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Bytes_BesideTheMemoryOfAProcess_AreABoundAndNear() => MeasuringProcess.Run(nameof(AutoencoderBytesTests));

    /// <summary>libtorch and oneDNN keep what they make at first use.</summary>
    [ClassInitialize]
    public static void WarmUp(TestContext context)
    {
        if (!MeasuringProcess.IsThis)
            return;
        using var noGrad = no_grad();
        foreach (var type in s_types)
        {
            using var model = Model("KL", type, isTiled: true);
            using var latents = randn(Shapes["KL"].Tiled, type);
            model.Decode(latents).Dispose();
        }
    }

    [TestMethod]
    [DynamicData(nameof(Decoded))]
    [TestCategory(MeasuringProcess.Category)]
    public void Decode_InAProcess_TakesAtMostItsBytesAndNotMuchLess(string name, ScalarType type, bool isTiled)
    {
        MeasuringProcess.SkipElsewhere();
        using var model = Model(name, type, isTiled);
        var shape = isTiled ? Shapes[name].Tiled : Shapes[name].Whole;
        Check(shape, type, model.DecodeBytes(shape), latents => model.Decode(latents).Dispose());
    }

    [TestMethod]
    [DynamicData(nameof(Encoded))]
    [TestCategory(MeasuringProcess.Category)]
    public void Encode_InAProcess_TakesAtMostItsBytesAndNotMuchLess(string name, ScalarType type, bool isTiled)
    {
        MeasuringProcess.SkipElsewhere();
        using var model = Model(name, type, isTiled);
        var shape = isTiled ? Shapes[name].Tiled : Shapes[name].Whole;
        long[] frames = name switch
        {
            "KL" => [],
            "LTX" => [8 * (shape[2] - 1) + 1],
            "Allegro" => [4 * shape[2]],
            _ => [4 * (shape[2] - 1) + 1],
        };
        long[] sample = [shape[0], 3, .. frames, model.SpatialCompressionRatio * shape[^2], model.SpatialCompressionRatio * shape[^1]];
        Check(sample, type, model.EncodeBytes(sample), each => model.Encode(each).Dispose());
    }

    [TestMethod]
    public void Bytes_OfAbsurdSizes_AreAllThatCanBeCounted()
    {
        using var model = AutoencoderKLWan.FromConfig(new(), META);
        Assert.AreEqual(long.MaxValue, model.DecodeBytes(1, 16, 1L << 40, 1 << 20, 1 << 20));
        model.EnableTiling();
        Assert.AreEqual(long.MaxValue, model.EncodeBytes(1L << 40, 3, 1L << 40, 1 << 20, 1 << 20));
    }

    [TestMethod]
    public void Bytes_OfWhatCannotBeDecodedOrEncoded_AreRefusedAsThatIs()
    {
        using var wan = AutoencoderKLWan.FromConfig(new(), META);
        Assert.Contains("16 latent channels", Assert.ThrowsExactly<ArgumentException>(() => wan.DecodeBytes(1, 4, 1, 8, 8)).Message);
        Assert.ThrowsExactly<ArgumentException>(() => wan.DecodeBytes(1, 16, 8, 8));
        Assert.ThrowsExactly<ArgumentException>(() => wan.DecodeBytes(1, 16, 0, 8, 8));
        Assert.ThrowsExactly<ArgumentException>(() => wan.EncodeBytes(1, 3, 5, 12, 8));
        using var mochi = AutoencoderKLMochi.FromConfig(new(), META);
        Assert.ThrowsExactly<NotSupportedException>(() => mochi.EncodeBytes(1, 3, 5, 16, 16));
        using var allegro = AutoencoderKLAllegro.FromConfig(new(), META);
        Assert.ThrowsExactly<NotSupportedException>(() => allegro.DecodeBytes(1, 4, 22, 90, 160));
        allegro.EnableTiling();
        Assert.ThrowsExactly<ArgumentException>(() => allegro.DecodeBytes(1, 4, 22, 91, 160));
    }

    [TestMethod]
    [DataRow("KL")]
    [DataRow("CogVideoX")]
    [DataRow("Mochi")]
    [DataRow("Wan 2.1")]
    public void DecodeBytes_InTiles_GrowByTheResultAlone(string name)
    {
        using var model = Model(name, ScalarType.Float32, isTiled: true);
        var axes = name == "KL" ? 2 : 3;
        long[] Latents(long size) => [1, Shapes[name].Tiled[1], .. Enumerable.Repeat(4L, axes - 2), size, size];
        long Grown(long from, long to) => model.DecodeBytes(Latents(to)) - model.DecodeBytes(Latents(from));
        long Frame(long size) => 3 * (size * size << 6) * sizeof(float);
        var frames = name == "KL" ? 1 : name == "CogVideoX" ? 16 : name == "Mochi" ? 19 : 13;
        // CogVideoX's tiles of 128 pixels overlap by 25, and advance by 12 latents: each brings 103 columns where 96 belong.
        var widening = name == "CogVideoX" ? 103 / 96.0 : 1;
        // By sizes whose last tiles are alike: twice, when rows are joined.
        Assert.IsLessThan(2.1 * widening * frames * (Frame(248) - Frame(128)), Grown(128, 248), name);
    }

    private static void Check(long[] shape, ScalarType type, long bound, Action<Tensor> run)
    {
        using var noGrad = no_grad();
        long Taken() => PeakMemory.Of(() =>
        {
            using var input = randn(shape, type);
            run(input);
        });
        var taken = Taken();
        // What is kept of the first use of a size is not taken again.
        if (taken > bound + Noise)
            taken = Taken();
        Assert.IsLessThanOrEqualTo(bound + Noise, taken, $"a bound of {bound >> 20} MiB");
        Assert.IsLessThanOrEqualTo((long)(Slack * taken) + Noise, bound, $"{taken >> 20} MiB taken");
    }

    private static Autoencoder Model(string name, ScalarType type, bool isTiled)
    {
        var model = New(name, type);
        model.eval(); // In training, what drops out of Allegro's is a tensor more.
        model.UseSlicing = isTiled;
        if (!isTiled)
            return model;
        switch (model)
        {
            case AutoencoderKLAllegro allegro:
                allegro.EnableTiling((8, 96, 96), (4, 64, 96));
                break;
            case AutoencoderKL pictures:
                pictures.EnableTiling(256);
                break;
            case AutoencoderKLCogVideoX cogvideox:
                cogvideox.EnableTiling(96, 128);
                break;
            case StridedAutoencoder strided:
                strided.EnableTiling(128, 128, 96, 96);
                break;
        }
        return model;
    }

    private static Autoencoder New(string name, ScalarType type) => name switch
    {
        "KL" => AutoencoderKL.FromConfig(
            new() { BlockOutChannels = s_widths, DownBlockTypes = [.. Enumerable.Repeat("DownEncoderBlock2D", 4)], UpBlockTypes = [.. Enumerable.Repeat("UpDecoderBlock2D", 4)] }, dtype: type),
        "CogVideoX" => AutoencoderKLCogVideoX.FromConfig(new() { BlockOutChannels = s_widths, LayersPerBlock = 1, LatentChannels = 8 }, dtype: type),
        "Hunyuan Video" => AutoencoderKLHunyuanVideo.FromConfig(new() { BlockOutChannels = s_widths, LayersPerBlock = 1 }, dtype: type),
        "LTX" => AutoencoderKLLTXVideo.FromConfig(
            new()
            {
                BlockOutChannels = [32, 64, 128, 128],
                DecoderBlockOutChannels = [64, 128, 128, 128],
                LayersPerBlock = [2, 1, 1, 1, 1],
                DecoderLayersPerBlock = [2, 1, 1, 1, 1],
                LatentChannels = 32,
            },
            dtype: type),
        "Mochi" => AutoencoderKLMochi.FromConfig(new() { DecoderBlockOutChannels = s_widths, LayersPerBlock = [1, 1, 1, 1, 1] }, dtype: type),
        "Wan 2.1" => AutoencoderKLWan.FromConfig(new() { BaseDim = 32, NumResBlocks = 1 }, dtype: type),
        "Wan 2.2" => AutoencoderKLWan.FromConfig(
            new()
            {
                BaseDim = 32,
                DecoderBaseDim = 48,
                NumResBlocks = 1,
                IsResidual = true,
                InChannels = 12,
                OutChannels = 12,
                PatchSize = 2,
                ScaleFactorSpatial = 16,
            },
            dtype: type),
        _ => AutoencoderKLAllegro.FromConfig(new() { BlockOutChannels = s_widths, LayersPerBlock = 1 }, dtype: type),
    };
}

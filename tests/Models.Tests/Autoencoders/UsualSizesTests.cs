using System.Globalization;
using Afterimage.Cli.Tests.Documents;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>The table of <c>docs/benchmarks.md</c> of what autoencoders take at their usual sizes is what they say. AFTERIMAGE_UPDATE_GOLDENS=1 writes it anew.</summary>
[TestClass]
public sealed class UsualSizesTests
{
    private static IReadOnlyList<(string Name, string Size, Func<ScalarType, Autoencoder> Build, long[] Latents)> Usual { get; } =
    [
        ("`AutoencoderKL` of Flux", "1024 × 1024", type => AutoencoderKL.FromConfig(Flux, META, type), [1, 16, 128, 128]),
        ("`AutoencoderKL` of Flux, tiles of 512", "1024 × 1024", type => AutoencoderKL.FromConfig(Flux with { SampleSize = 512 }, META, type), [1, 16, 128, 128]),
        ("`AutoencoderKLAllegro`", "88 × 720 × 1280", type => AutoencoderKLAllegro.FromConfig(new(), META, type), [1, 4, 22, 90, 160]),
        ("`AutoencoderKLCogVideoX`", "49 × 480 × 720", type => AutoencoderKLCogVideoX.FromConfig(new(), META, type), [1, 16, 13, 60, 90]),
        ("`AutoencoderKLHunyuanVideo`", "61 × 320 × 512", type => AutoencoderKLHunyuanVideo.FromConfig(new(), META, type), [1, 16, 16, 40, 64]),
        ("`AutoencoderKLHunyuanVideo`", "129 × 720 × 1280", type => AutoencoderKLHunyuanVideo.FromConfig(new(), META, type), [1, 16, 33, 90, 160]),
        ("`AutoencoderKLLTXVideo` of 0.9.0", "121 × 480 × 704", type => AutoencoderKLLTXVideo.FromConfig(new(), META, type), [1, 128, 16, 15, 22]),
        ("`AutoencoderKLMochi`", "85 × 480 × 848", type => AutoencoderKLMochi.FromConfig(new(), META, type), [1, 12, 15, 60, 106]),
        ("`AutoencoderKLWan` of 2.1", "81 × 480 × 832", type => AutoencoderKLWan.FromConfig(new(), META, type), [1, 16, 21, 60, 104]),
        ("`AutoencoderKLWan` of 2.2", "121 × 704 × 1280", type => AutoencoderKLWan.FromConfig(Wan22, META, type), [1, 48, 31, 44, 80]),
    ];

    private static AutoencoderKLConfig Flux => new()
    {
        BlockOutChannels = [128, 256, 512, 512],
        DownBlockTypes = [.. Enumerable.Repeat("DownEncoderBlock2D", 4)],
        UpBlockTypes = [.. Enumerable.Repeat("UpDecoderBlock2D", 4)],
        LayersPerBlock = 2,
        LatentChannels = 16,
        SampleSize = 1024,
        UseQuantConv = false,
        UsePostQuantConv = false,
    };

    private static AutoencoderKLWanConfig Wan22 => new()
    {
        BaseDim = 160,
        DecoderBaseDim = 256,
        ZDim = 48,
        IsResidual = true,
        InChannels = 12,
        OutChannels = 12,
        PatchSize = 2,
        ScaleFactorSpatial = 16,
    };

    [TestMethod]
    public void Table_OfUsualSizes_IsWhatAutoencodersSay()
    {
        if (Processor.IsSlowIn(ScalarType.BFloat16))
            Assert.Inconclusive("the table is of processors that convolve in bfloat16");
        Pages.CheckTable("docs/benchmarks.md", "<!-- made by UsualSizesTests -->", Rows());
    }

    private static IEnumerable<string> Rows()
    {
        yield return "| autoencoder | frames × height × width | float32 | bfloat16 | float32, in tiles | bfloat16, in tiles |";
        yield return "|---|---|---|---|---|---|";
        foreach (var (name, size, build, latents) in Usual)
        {
            string Taken(ScalarType type, bool isTiled)
            {
                using var model = build(type);
                if (!isTiled && model is AutoencoderKLAllegro)
                    return "";
                if (isTiled)
                    model.EnableTiling();
                return (model.DecodeBytes(latents) / (double)(1 << 30)).ToString("F1", CultureInfo.InvariantCulture);
            }
            var taken = from isTiled in new[] { false, true } from type in new[] { ScalarType.Float32, ScalarType.BFloat16 } select Taken(type, isTiled);
            yield return $"| {name} | {size} | {string.Join(" | ", taken)} |";
        }
    }
}

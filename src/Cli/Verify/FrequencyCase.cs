using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary>Recorded blends and splits of FasterCache's guidance, replayed on a model that returns its input.</summary>
internal sealed class FrequencyCase(string folder)
{
    /// <summary>The limit of a blend, as the recordings' notes give it.</summary>
    private const double Limit = 1e-5;

    /// <summary>Whether a folder looks like this.</summary>
    public static bool Fits(string folder)
    {
        var index = Path.Combine(folder, "index.json");
        return File.Exists(index) && RecordingFile.Read<JsonElement>(index).TryGetProperty("blends", out _);
    }

    /// <summary>A check per blend, and one per split; or the only one wanted.</summary>
    public IEnumerable<Check> Checks(string? only)
    {
        var index = RecordingFile.Read<IndexRecording>(Path.Combine(folder, "index.json"));
        var checks = index.Blends.Select(blend => new Check(blend.Name, (_, _) => CheckBlend(blend)))
            .Concat(index.Splits.Select(split => new Check(split, (_, _) => CheckSplit(split))))
            .Where(check => only is null || check.Name == only)
            .ToList();
        return checks.Count > 0 ? checks : throw new FileNotFoundException($"{folder} has no recording '{only}'.");
    }

    private CheckResult CheckBlend(BlendRecording blend)
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(folder, blend.Name + ".safetensors");
        var tensors = RecordingFile.Tensors(path);
        var format = Enum.TryParse<TensorFormat>(blend.TensorFormat, out var parsed)
            ? parsed
            : throw new NotSupportedException($"the tensor format {blend.TensorFormat} is not known here");

        var steps = Enumerable.Range(0, blend.Weights.Count + 1);
        var outputs = Denoise(
            format,
            [.. steps.Select(k => tensors.Named($"cond.{k}", path))],
            tensors.Named("uncond.0", path),
            [.. blend.Weights.Select(pair => (pair[0], pair[1]))]);
        var worst = steps.Skip(1).Max(k => Difference.Absolute(outputs[k].chunk(2)[0], tensors.Named($"uncond.{k}", path)));
        return CheckResult.Of(blend.Name, null, new Difference("blend", worst, Limit));
    }

    /// <summary>With a conditional half of zeros, weights (1, 0) and (0, 1) show the two parts of a split alone.</summary>
    private CheckResult CheckSplit(string name)
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(folder, name + ".safetensors");
        var tensors = RecordingFile.Tensors(path);
        var x = tensors.Named("x", path);
        var frames = x.dim() == 4 ? x : x.reshape([-1, 1, .. x.shape[^2..]]);
        var worst = 0.0;
        foreach (var (part, weights) in new[] { ("low", (1.0, 0.0)), ("high", (0.0, 1.0)) })
        {
            var zeros = zeros_like(frames);
            var outputs = Denoise(TensorFormat.BCHW, [zeros, zeros], frames, [weights]);
            var spectrum = complex(tensors.Named($"{part}.real", path), tensors.Named($"{part}.imag", path));
            // The recorded spectrum is shifted over every axis.
            var expected = fft.ifft2(fft.ifftshift(spectrum)).real.reshape(frames.shape);
            worst = Math.Max(worst, Difference.Absolute(outputs[1].chunk(2)[0], expected));
        }
        return CheckResult.Of(name, null, new Difference("split", worst, Limit));
    }

    private static List<Tensor> Denoise(TensorFormat format, IReadOnlyList<Tensor> conditional, Tensor unconditional, IReadOnlyList<(double Low, double High)> weights)
    {
        using var denoiser = new IdentityDenoiser();
        denoiser.EnableCache(new FasterCacheConfig
        {
            TensorFormat = format,
            UnconditionalBatchSkipRange = conditional.Count,
            UnconditionalBatchTimestepSkipRange = (-1, 1000),
            LowFrequencyWeightCallback = step => weights[step.Index - 1].Low,
            HighFrequencyWeightCallback = step => weights[step.Index - 1].High,
        });
        using var run = denoiser.BeginRun([.. Enumerable.Range(0, conditional.Count).Select(k => 999.0 - k)], GuidanceLayout.Batched);
        // From the second step on the first half is never looked at.
        return [.. conditional.Select((half, k) => denoiser.forward(cat([k == 0 ? unconditional : zeros_like(half), half])))];
    }

    private sealed record IndexRecording
    {
        public required List<BlendRecording> Blends { get; init; }

        public List<string> Splits { get; init; } = [];
    }

    private sealed record BlendRecording
    {
        public required string Name { get; init; }

        public required string TensorFormat { get; init; }

        public required List<double[]> Weights { get; init; }
    }
}

using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Steps a scheduler through the model outputs of a recording.</summary>
internal static class SchedulerReplay
{
    /// <summary>Share of the largest magnitude.</summary>
    private const double Limit = 1e-5;

    public static JsonElement Of(string name) => Recording.Json("schedulers", name + ".json");

    public static string Config(this JsonElement recording) => recording.GetProperty("config").GetRawText();

    public static double[] Doubles(this JsonElement recording, string name) =>
        [.. recording.GetProperty(name).EnumerateArray().Select(number => number.GetDouble())];

    /// <summary>Asserts that every step gives the recorded sample, and returns the largest difference as a share of the limit.</summary>
    public static double Compare(string name, Func<Tensor, int, Tensor, Tensor> step)
    {
        using var scope = NewDisposeScope();
        var tensors = Recording.Tensors("schedulers", name + ".safetensors");
        var (outputs, samples) = (tensors["model_outputs"], tensors["samples"]);
        var sample = tensors["sample.initial"];
        var limit = Limit * TensorAssert.MaxMagnitude(samples);
        var worst = 0.0;
        for (var i = 0; i < outputs.size(0); i++)
        {
            sample = step(outputs[i].Times(0.8).Plus(sample.Times(0.3)), i, sample);
            TensorAssert.Close(samples[i], sample, limit, $"{name}, step {i}");
            worst = Math.Max(worst, TensorAssert.MaxDifference(samples[i], sample) / limit);
        }

        return worst;
    }
}

using Afterimage.Models;
using Afterimage.Video;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Tuning;

/// <summary>LPIPS's weights in a file.</summary>
public static class LpipsWeights
{
    /// <summary>Loads the measure.</summary>
    /// <param name="path">A safetensors file with the reference module's state dict: <see cref="PerceptualSimilarity.WeightShapes"/>.</param>
    /// <returns>The caller's.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no safetensors file, or lacks a weight, or has it in another shape.</exception>
    public static PerceptualSimilarity Load(string path)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(path);
        return PerceptualSimilarity.FromStateDict(
            PerceptualSimilarity.WeightShapes.Keys.Where(file.Entries.ContainsKey).ToDictionary(name => name, name => file.ReadTensor(name)), path);
    }
}

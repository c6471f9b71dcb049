using Afterimage.Models;
using Afterimage.Video;
using TorchSharp;
using static TorchSharp.torch;

namespace TrainTiny.Training;

/// <summary>Films of what a half-trained pipeline makes of some prompts, side by side.</summary>
internal static class SampleFilms
{
    private const int Columns = 4;

    private static readonly string[] s_prompts =
    [
        "a red circle moving left", "two blue squares falling", "a small green triangle rising slowly", "a large yellow square moving right quickly",
        "two purple circles moving right on a light ground", "a cyan triangle falling on a light ground", "two small red squares rising", "a big blue circle moving down fast",
    ];

    /// <summary>Loads a pipeline from its folder, as users do, and writes its films.</summary>
    /// <param name="folder">The pipeline's.</param>
    /// <param name="path">The film's.</param>
    /// <param name="device">Where to generate.</param>
    /// <param name="cancellationToken">Looked at before every step.</param>
    public static void Write(string folder, string path, Device device, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder, cancellationToken: cancellationToken).To(device);
        var options = new CogVideoXGenerationOptions
        {
            NumInferenceSteps = 25,
            GuidanceScale = 2,
            MaxSequenceLength = pipeline.Transformer.Config.MaxTextSeqLength,
            Seed = 0,
        };
        var films = s_prompts.Select(prompt => pipeline.Generate(prompt, options, null, cancellationToken)[0]);
        var rows = films.Chunk(Columns).Select(row => cat(row, dim: 3));
        var sheet = cat([.. rows], dim: 2);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        new Film(sheet, framesPerSecond: 8).Enlarged(2).Save(path, null, cancellationToken);
    }
}

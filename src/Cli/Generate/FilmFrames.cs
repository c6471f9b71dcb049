using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Generate;

/// <summary>Films of what pipelines generate: a picture is a film of one frame.</summary>
internal static class FilmFrames
{
    /// <summary>Generates with a pipeline.</summary>
    /// <returns>[batch, frames, 3, height, width] in [0, 1]. The caller owns it.</returns>
    public static Tensor GenerateFilm(
        this DiffusionPipeline pipeline, string prompt, GenerationOptions options, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        var generated = pipeline.Generate(prompt, options, progress, cancellationToken);
        if (generated.dim() == 5)
            return generated;
        using (generated)
            return generated.unsqueeze(1);
    }
}

using Afterimage.Models;
using Afterimage.Video;
using static TorchSharp.torch;

namespace Afterimage.Cli.Generate;

/// <summary>A generation that can work, as far as can be told before weights are loaded.</summary>
internal sealed class CheckedGeneration : IDisposable
{
    private readonly Tensor? _picture;

    private CheckedGeneration(GenerationOptions options, GenerationRequest sizes, Tensor? picture) =>
        (Options, Sizes, _picture) = (options, sizes, picture);

    /// <summary>The options, with the picture to begin with in the size of the frames. It is freed with this object.</summary>
    public GenerationOptions Options { get; }

    /// <summary>Every size that comes of them.</summary>
    public GenerationRequest Sizes { get; }

    /// <summary>Works out the sizes, and refuses what cannot work with any of the caches.</summary>
    /// <param name="pipeline">What generates.</param>
    /// <param name="prompt">One of the prompts: the sizes are those of all.</param>
    /// <param name="options">How it generates.</param>
    /// <param name="image">The picture to begin with, if any.</param>
    /// <param name="caches">With which caches.</param>
    public static CheckedGeneration Of(PipelineChoice pipeline, string prompt, GenerationOptions options, string? image, params IReadOnlyList<CacheChoice> caches)
    {
        using var original = image is null ? null : PictureFile.Load(image);
        GenerationRequest sizes = null!;
        foreach (var cache in caches)
            sizes = pipeline.Resolve(prompt, WithImage(options, original), cache);
        var picture = image is null ? null : PictureFile.Load(image, sizes.Height, sizes.Width);
        return new CheckedGeneration(WithImage(options, picture), sizes, picture);
    }

    public void Dispose() => _picture?.Dispose();

    private static GenerationOptions WithImage(GenerationOptions options, Tensor? picture) => options.WithImage(picture)
        ?? (picture is null ? options : throw new ArgumentException("--image would do nothing: this pipeline begins with no picture."));
}

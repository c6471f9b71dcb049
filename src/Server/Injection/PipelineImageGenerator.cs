using System.Globalization;
using Afterimage.Models;
using Afterimage.Server.Working;
using Afterimage.Video;
using Microsoft.Extensions.AI;
using SkiaSharp;

namespace Afterimage.Server;

/// <summary>
/// A pipeline of pictures as other programs ask for pictures, one request at a time. <see cref="ImageGenerationOptions.AdditionalProperties"/> may have
/// <c>num_inference_steps</c>, <c>guidance_scale</c>, <c>seed</c>, <c>negative_prompt</c> and <c>cache</c>, as requests to the server have them.
/// </summary>
/// <param name="pipeline">Gives the pipeline, which stays its owner's.</param>
/// <param name="name">What it is called.</param>
internal sealed class PipelineImageGenerator(Func<DiffusionPipeline> pipeline, string name) : IImageGenerator
{
    private static readonly string[] s_known = ["num_inference_steps", "guidance_scale", "seed", "negative_prompt", "cache"];
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ImageGeneratorMetadata _metadata = new("afterimage", null, name);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There is no prompt, or something that the pipeline cannot do.</exception>
    /// <exception cref="NotSupportedException">It asks for pictures to be changed, or for another answer than their bytes as PNG.</exception>
    public async Task<ImageGenerationResponse> GenerateAsync(ImageGenerationRequest request, ImageGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Check(request, options);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Off the caller's thread, in which libtorch would work for long.
            return await Task.Factory.StartNew(() => Generate(request.Prompt!, options, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ImageGeneratorMetadata) ? _metadata
        : serviceType == typeof(DiffusionPipeline) ? pipeline()
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private ImageGenerationResponse Generate(string prompt, ImageGenerationOptions? options, CancellationToken cancellationToken)
    {
        var made = pipeline();
        made.EnableCache(CacheText.Parse(Property<string>(options, "cache") ?? "none"));
        try
        {
            using var frames = made.GenerateFilm(prompt, OptionsOf(made, options), null, cancellationToken);
            return new ImageGenerationResponse([.. Enumerable.Range(0, (int)frames.size(0)).Select(i => new DataContent(Png(new Film(frames, 1, i)), "image/png"))]);
        }
        finally
        {
            made.DisableCache();
        }
    }

    private static GenerationOptions OptionsOf(DiffusionPipeline made, ImageGenerationOptions? options) => made.DefaultOptions with
    {
        PerPrompt = options?.Count ?? 1,
        Height = options?.ImageSize?.Height,
        Width = options?.ImageSize?.Width,
        NumInferenceSteps = Property<int?>(options, "num_inference_steps") ?? made.DefaultOptions.NumInferenceSteps,
        GuidanceScale = Property<double?>(options, "guidance_scale") ?? made.DefaultOptions.GuidanceScale,
        Seed = Property<long?>(options, "seed"),
        NegativePrompt = Property<string>(options, "negative_prompt"),
    };

    private static void Check(ImageGenerationRequest request, ImageGenerationOptions? options)
    {
        if (request.OriginalImages?.Any() == true)
            throw new NotSupportedException("Pictures are made of texts here, and not of other pictures: leave OriginalImages out.");
        if (request.Prompt is null)
            throw new ArgumentException("Expected a prompt.", nameof(request));
        if (options?.ResponseFormat is not (null or ImageGenerationResponseFormat.Data) || options?.MediaType is not (null or "image/png"))
            throw new NotSupportedException($"Pictures are given as bytes of image/png, found {options!.ResponseFormat} of {options.MediaType}.");
        if (options?.AdditionalProperties?.Keys.FirstOrDefault(key => !s_known.Contains(key)) is { } unknown)
            throw new ArgumentException($"Unknown property '{unknown}': expected {string.Join(", ", s_known)}.", nameof(options));
    }

    private static T? Property<T>(ImageGenerationOptions? options, string key)
    {
        if (options?.AdditionalProperties?.TryGetValue(key, out var value) != true || value is null)
            return default;
        return value is T typed ? typed : (T)Convert.ChangeType(value, Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T), CultureInfo.InvariantCulture);
    }

    private static byte[] Png(Film picture)
    {
        using var pixels = FramePixels.Of(picture, 0);
        using var bytes = pixels.Encode(SKEncodedImageFormat.Png, 100);
        return bytes.ToArray();
    }
}

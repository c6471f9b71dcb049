using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Afterimage.Models;

namespace Afterimage.Cli.Quality;

/// <summary>What measurements depend on, by name: only with the same of all do they belong to one report.</summary>
internal static class QualitySettings
{
    private const int DigestLength = 12;

    public static IReadOnlyDictionary<string, string> Of(QualityRequest request)
    {
        var (options, pipeline) = (request.Options, request.Pipeline);
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["pipeline"] = Path.GetFullPath(pipeline.Folder),
            ["files"] = Digest(Directory.EnumerateFiles(pipeline.Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(file => new FileInfo(file)).Select(file => Text($"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}"))),
            ["variant"] = pipeline.Variant ?? "own",
            ["image"] = request.Image is null ? "none" : Text($"{Path.GetFullPath(request.Image)} ({Digest([Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(request.Image)))])})"),
            ["prompts"] = Text($"{request.Prompts.Count} ({Digest(request.Prompts)})"),
            ["caches"] = Text($"{string.Join(", ", request.Caches.Select(cache => cache.Name))} ({Digest(request.Caches.Select(Content))})"),
            ["repeats"] = Text($"{request.Repeats}"),
            ["steps"] = Text($"{options.NumInferenceSteps}"),
            ["guidance scale"] = Text($"{options.GuidanceScale}{(options is CogVideoXGenerationOptions { UseDynamicCfg: true } ? ", dynamic" : "")}"),
            ["size"] = Text($"{options.Width?.ToString(CultureInfo.InvariantCulture) ?? "own"} × {options.Height?.ToString(CultureInfo.InvariantCulture) ?? "own"}"),
            ["frames"] = (options as VideoGenerationOptions)?.NumFrames?.ToString(CultureInfo.InvariantCulture) ?? "own",
            ["seed"] = Text($"{options.Seed}"),
            ["scheduler"] = pipeline.Scheduler ?? "own",
            ["dtype"] = Text($"{pipeline.Dtype}"),
            ["machine"] = Machine.Of(pipeline.Device),
        };
    }

    private static string Content(CacheChoice cache)
    {
        try
        {
            return cache.Config is CachePlanConfig planned ? planned.Plan.ToJson() : CacheConfigJson.Write(cache.Config);
        }
        catch (InvalidOperationException)
        {
            // Settings that are code are this program's own, whose names tell them apart.
            return cache.Name;
        }
    }

    private static string Digest(IEnumerable<string> lines) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))))[..DigestLength];

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}

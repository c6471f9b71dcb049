using System.Text.Json;
using Afterimage.Models;

namespace Afterimage.Server.Working;

/// <summary>Caches as requests give them: a name, or a config as JSON. Never a file.</summary>
internal static class CacheText
{
    /// <summary>The config; <see langword="null"/> for none.</summary>
    /// <exception cref="ArgumentException">There is none of that name, or a setting is invalid.</exception>
    /// <exception cref="NotSupportedException">Its type is a method that is not supported.</exception>
    public static CacheConfig? Parse(string text)
    {
        if (NamedCaches.All.TryGetValue(text, out var named))
            return named;
        if (!text.StartsWith('{'))
            throw new ArgumentException($"There is no cache of that name: expected {string.Join(", ", NamedCaches.All.Keys)}, or a cache's config as JSON.");
        try
        {
            return CacheConfigJson.Parse(text);
        }
        catch (JsonException exception)
        {
            throw new ArgumentException($"The cache is no config: {exception.Message}", exception);
        }
    }
}

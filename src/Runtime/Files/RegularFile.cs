using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Afterimage;

/// <summary>Opens files that someone else made. A pipe would block for ever and a device never end, so those are refused.</summary>
internal static class RegularFile
{
    /// <summary>More than any config, index, tokenizer or list of prompts has.</summary>
    private const long MostBytesInMemory = 256 << 20;

    /// <summary>Opens a file for reading at any position; links are followed.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is a folder, a pipe or a device, or holds nothing.</exception>
    public static SafeFileHandle Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            throw MalformedFile.Because(path, "expected a file, found a folder");
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new FileNotFoundException($"{path}: no such file", path);

        // The length of a link is that of the path it holds, so ask what it leads to. What has no length is looked at
        // before it is opened: opening a pipe waits for someone to write into it.
        var target = (FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
        if (!target.Exists)
            throw new FileNotFoundException($"{path}: leads to {target.FullName}, where no file is", path);
        if (target.Length == 0)
            throw MalformedFile.Because(path, "expected a file with content, found 0 bytes (truncated, or a pipe or device)");
        return File.OpenHandle(path, options: FileOptions.SequentialScan);
    }

    /// <summary>The whole of a file that is text, in UTF-8 or what its byte order mark says: a config, an index, prompts.</summary>
    /// <inheritdoc cref="ReadBytes" path="/exception"/>
    public static string ReadText(string path)
    {
        try
        {
            using var reader = new StreamReader(new MemoryStream(ReadBytes(path)), new UTF8Encoding(false, throwOnInvalidBytes: true));
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{path}: expected text in UTF-8: {e.Message}", e);
        }
    }

    /// <summary>What a file of JSON holds.</summary>
    /// <inheritdoc cref="ReadBytes" path="/exception"/>
    /// <exception cref="JsonException">It is not JSON, or not of the form that is parsed; the message names the file.</exception>
    public static T ReadJson<T>(string path, Func<string, T> parse)
    {
        var json = ReadText(path);
        try
        {
            return parse(json);
        }
        catch (JsonException exception)
        {
            throw new JsonException($"{path}: {MalformedFile.Shown(exception.Message)}", exception);
        }
    }

    /// <summary>The whole of a file that is held in memory.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// It is a folder, a pipe or a device, holds nothing or more than <paramref name="most"/> bytes, or stands in for another file.
    /// </exception>
    public static byte[] ReadBytes(string path, long most = MostBytesInMemory)
    {
        using var handle = Open(path);
        var length = RandomAccess.GetLength(handle);
        if (length > most)
            throw MalformedFile.Because(path, $"expected at most {most} bytes, found {length} (weights in place of a small file?)");
        var bytes = new byte[length];
        Read(handle, path, bytes, 0);
        StandIn.Refuse(path, bytes);
        return bytes;
    }

    /// <summary>Fills <paramref name="target"/> with the bytes from <paramref name="offset"/> on.</summary>
    /// <exception cref="InvalidDataException">The file ends before; the message names the tensor, where the bytes are of one.</exception>
    public static void Read(SafeFileHandle handle, string path, Span<byte> target, long offset, string? tensor = null)
    {
        while (target.Length > 0)
        {
            var count = RandomAccess.Read(handle, target, offset);
            if (count == 0)
            {
                var (expected, found) = ($"{target.Length} bytes at {offset}", "the end (written to meanwhile?)");
                throw tensor is null
                    ? MalformedFile.Because(path, $"expected {expected}, found {found}")
                    : MalformedFile.Because(path, tensor, expected, found);
            }
            target = target[count..];
            offset += count;
        }
    }
}

using System.Text.Json;

namespace Afterimage.Runtime.Tests.Kernels.Recording;

/// <summary>One launch of a kernel, with the memory before and after it.</summary>
/// <param name="Kernel">The kernel, whose PTX lies beside this.</param>
/// <param name="Entry">Its entry point.</param>
/// <param name="Blocks">How many blocks.</param>
/// <param name="Threads">Of a block.</param>
/// <param name="Arguments">The parameters.</param>
/// <param name="Memory">What they point to.</param>
internal sealed record RecordedLaunch(
    string Kernel, string Entry, uint Blocks, uint Threads, IReadOnlyList<RecordedArgument> Arguments, IReadOnlyList<RecordedMemory> Memory)
{
    /// <summary>The name of the file that lists the launches of a folder, one a line.</summary>
    public const string List = "launches.jsonl";

    /// <summary>The name of the file that <see cref="RecordedMemory"/> is in.</summary>
    public const string Bytes = "memory.bin";

    /// <summary>As <c>tests/Device/launches.py</c> reads it.</summary>
    public static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
}

/// <summary>One parameter.</summary>
/// <param name="Value">Its bytes in hexadecimal digits; a view's first 8 are the address, which is another at every launch.</param>
/// <param name="Memory">Of a view, which of the launch's memory it is in.</param>
/// <param name="Offset">Of a view, the bytes from there to its first.</param>
internal sealed record RecordedArgument(string Value, int? Memory, int Offset);

/// <summary>One stretch of memory, which views may share.</summary>
/// <param name="Misalignment">Its address modulo <see cref="Alignment"/>.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Before">Where those before the launch begin in the file.</param>
/// <param name="After">Where those after it do.</param>
internal sealed record RecordedMemory(int Misalignment, int Size, long Before, long After)
{
    /// <summary>What CUDA's allocations are aligned to.</summary>
    public const int Alignment = 256;
}

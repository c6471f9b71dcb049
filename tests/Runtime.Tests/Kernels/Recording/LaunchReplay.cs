using System.Runtime.InteropServices;
using System.Text.Json;
using Afterimage.Runtime.Tests.Kernels.PtxInterpreter;

namespace Afterimage.Runtime.Tests.Kernels.Recording;

/// <summary>Runs what a <see cref="LaunchRecording"/> wrote from its files alone, at other addresses.</summary>
internal static unsafe class LaunchReplay
{
    /// <summary>The kernels of a folder, and of each how many launches left other memory than was recorded.</summary>
    public static Dictionary<string, int> Differences(string folder)
    {
        var differences = new Dictionary<string, int>();
        var kernels = new Dictionary<string, PtxKernel>();
        var bytes = File.ReadAllBytes(Path.Combine(folder, RecordedLaunch.Bytes));
        foreach (var line in File.ReadLines(Path.Combine(folder, RecordedLaunch.List)))
        {
            var launch = JsonSerializer.Deserialize<RecordedLaunch>(line, RecordedLaunch.Json)!;
            if (!kernels.TryGetValue(launch.Kernel, out var kernel))
            {
                var file = $"{launch.Kernel}.ptx";
                kernels[launch.Kernel] = kernel = PtxReader.Read(file, File.ReadAllText(Path.Combine(folder, file)));
            }
            differences[launch.Kernel] = differences.GetValueOrDefault(launch.Kernel) + (IsAsRecorded(launch, kernel, bytes) ? 0 : 1);
        }
        return differences;
    }

    private static bool IsAsRecorded(RecordedLaunch launch, PtxKernel kernel, byte[] bytes)
    {
        var allocations = launch.Memory.Select(Allocate).ToList();
        try
        {
            var views = launch.Memory.Zip(allocations, (memory, allocation) => new DeviceMemory.View(
                "memory", (ulong)(allocation + memory.Misalignment), (ulong)memory.Size)).ToList();
            for (var i = 0; i < views.Count; i++)
                bytes.AsSpan((int)launch.Memory[i].Before, launch.Memory[i].Size).CopyTo(Contents(views[i]));
            var arguments = launch.Arguments.Select(argument => Placed(argument, views)).ToList();
            new PtxLaunch(kernel, arguments, new DeviceMemory(views), launch.Blocks, launch.Threads).Run();
            return launch.Memory.Zip(views).All(pair =>
                Contents(pair.Second).SequenceEqual(bytes.AsSpan((int)pair.First.After, pair.First.Size)));
        }
        finally
        {
            allocations.ForEach(allocation => NativeMemory.AlignedFree((void*)allocation));
        }
    }

    private static nint Allocate(RecordedMemory memory) =>
        (nint)NativeMemory.AlignedAlloc((nuint)(memory.Misalignment + memory.Size), RecordedMemory.Alignment);

    private static byte[] Placed(RecordedArgument argument, List<DeviceMemory.View> views)
    {
        var value = Convert.FromHexString(argument.Value);
        if (argument.Memory is { } memory)
            BitConverter.TryWriteBytes(value, views[memory].Address + (ulong)argument.Offset);
        return value;
    }

    private static Span<byte> Contents(DeviceMemory.View view) => new((void*)view.Address, (int)view.Bytes);
}

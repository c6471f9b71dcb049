using System.Text.Json;
using Afterimage.Runtime.Tests.Kernels.PtxInterpreter;

namespace Afterimage.Runtime.Tests.Kernels.Recording;

/// <summary>Writes launches into a folder, for a machine that has a CUDA driver and may have neither torch nor .NET.</summary>
internal sealed unsafe class LaunchRecording : IDisposable
{
    private readonly string _folder;
    private readonly StreamWriter _list;
    private readonly FileStream _bytes;

    /// <param name="folder">Made where it is not there; what it has is replaced.</param>
    public LaunchRecording(string folder)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        _list = new StreamWriter(Path.Combine(_folder, RecordedLaunch.List));
        _bytes = File.Create(Path.Combine(_folder, RecordedLaunch.Bytes));
    }

    /// <summary>Runs and writes a launch.</summary>
    public void Run(string kernel, FakeCuda.Function function, PtxLaunch launch, IReadOnlyList<DeviceMemory.View> views)
    {
        File.WriteAllText(Path.Combine(_folder, $"{kernel}.ptx"), function.Ptx);
        var stretches = Stretches(views);
        var before = stretches.ConvertAll(Write);
        launch.Run();
        var memory = stretches.Select((stretch, i) => new RecordedMemory(
            (int)(stretch.Start % RecordedMemory.Alignment), (int)(stretch.End - stretch.Start), before[i], Write(stretch)));
        var arguments = launch.Arguments.Select((value, i) =>
            Argument(value, views.SingleOrDefault(view => IsOf(view, launch.Kernel.Parameters[i], i)), stretches));
        _list.WriteLine(JsonSerializer.Serialize(
            new RecordedLaunch(kernel, function.Entry, launch.Blocks, launch.Threads, [.. arguments], [.. memory]), RecordedLaunch.Json));
    }

    public void Dispose()
    {
        _list.Dispose();
        _bytes.Dispose();
    }

    private static bool IsOf(DeviceMemory.View view, PtxParameter parameter, int position) => parameter.Name == $"_{view.Name}_{position}";

    private static RecordedArgument Argument(byte[] value, DeviceMemory.View? view, List<(ulong Start, ulong End)> stretches)
    {
        if (view is null)
            return new RecordedArgument(Convert.ToHexString(value), null, 0);
        var memory = stretches.FindIndex(stretch => view.Address >= stretch.Start && view.Address + view.Bytes <= stretch.End);
        return new RecordedArgument(Convert.ToHexString(value), memory, (int)(view.Address - stretches[memory].Start));
    }

    /// <summary>A kernel may write over what it reads, so views that overlap are one.</summary>
    private static List<(ulong Start, ulong End)> Stretches(IReadOnlyList<DeviceMemory.View> views)
    {
        var stretches = new List<(ulong Start, ulong End)>();
        foreach (var view in views.OrderBy(view => view.Address))
        {
            var end = view.Address + view.Bytes;
            if (stretches.Count > 0 && view.Address < stretches[^1].End)
                stretches[^1] = (stretches[^1].Start, Math.Max(stretches[^1].End, end));
            else
                stretches.Add((view.Address, end));
        }
        return stretches;
    }

    private long Write((ulong Start, ulong End) stretch)
    {
        var at = _bytes.Position;
        _bytes.Write(new ReadOnlySpan<byte>((void*)stretch.Start, (int)(stretch.End - stretch.Start)));
        return at;
    }
}

using System.CommandLine;
using System.Globalization;
using Afterimage.Kernels;
using static TorchSharp.torch;

namespace Afterimage.Cli.Kernels;

/// <summary><c>afterimage kernels</c>: what CUDA devices are given to run, compiled without one.</summary>
internal static class KernelsCommand
{
    public static Command Create()
    {
        var name = new Argument<string?>("NAME")
        {
            Description = "A part of the names of the kernels to show; all of them if not given.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var architecture = new Option<string>("--arch") { Description = "What to compile for.", DefaultValueFactory = _ => "sm_90" };
        var list = new Option<bool>("--list") { Description = "Leave the code out." };
        var command = new Command("kernels", "Print the kernels' PTX, registers and branches, and where they run.") { name, architecture, list };
        command.SetAction((arguments, cancellationToken) => Task.FromResult(Run(
            arguments.GetValue(name) ?? "", arguments.GetValue(architecture)!, arguments.GetValue(list), cancellationToken)));
        return command;
    }

    private static int Run(string part, string architecture, bool isList, CancellationToken cancellationToken)
    {
        var compiled = KernelBackend.Compile(architecture, cuda.is_available() ? 0 : null);
        var shown = 0;
        Console.WriteLine($"// Tensors on CUDA: {KernelBackend.Describe()}. Others: torch operations.");
        foreach (var kernel in compiled)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!kernel.Name.Contains(part, StringComparison.OrdinalIgnoreCase))
                continue;
            shown++;
            var registers = kernel.DeviceRegisters is { } real ? $"{real} registers" : $"{kernel.VirtualRegisters} virtual registers";
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"// {kernel.Name} for {architecture}: {registers}, {kernel.Branches} bra, compiled in {kernel.CompileTime.TotalMilliseconds:N0} ms"));
            if (!isList)
                Console.WriteLine(kernel.Ptx);
        }
        return shown > 0 ? ExitCode.Success : throw new ArgumentException($"No kernel's name contains '{part}'. 'afterimage kernels --list' shows all.");
    }
}

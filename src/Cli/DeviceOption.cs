using System.CommandLine;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Cli;

/// <summary>The option of where models run.</summary>
internal static class DeviceOption
{
    /// <summary>An option for a command.</summary>
    public static Option<string> New()
    {
        var option = new Option<string>("--device") { Description = "Where models run.", DefaultValueFactory = _ => "cpu" };
        option.AcceptOnlyFromAmong("cpu", "cuda");
        return option;
    }

    /// <summary>What a command line says.</summary>
    public static DeviceType Of(ParseResult arguments, Option<string> option) => Enum.Parse<DeviceType>(arguments.GetValue(option)!, ignoreCase: true);

    /// <summary>Refuses a device that is not there.</summary>
    /// <exception cref="NotSupportedException">It is CUDA, and libtorch has none; the message says how to get it.</exception>
    public static void Check(DeviceType device)
    {
        if (device == DeviceType.CUDA && !cuda.is_available())
            throw new NotSupportedException(
                "There is no CUDA device that this program's libtorch can use. It needs an NVIDIA driver of 570 or later and a libtorch with CUDA: run it with -p:Torch=cuda, or let "
                + "AFTERIMAGE_LIBTORCH name that libtorch's folder (docs/cuda.md); --device cpu is what there is.");
    }
}

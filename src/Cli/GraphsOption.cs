using System.CommandLine;
using System.CommandLine.Parsing;

namespace Afterimage.Cli;

/// <summary>The option of recorded steps.</summary>
internal static class GraphsOption
{
    /// <summary>Gives a command the option, which only a device and a cache's plan can heed.</summary>
    /// <param name="command">The command.</param>
    /// <param name="device">Where its models run.</param>
    /// <param name="hasNoCache">Whether there is no cache.</param>
    public static Option<bool> AddTo(Command command, Option<string> device, Func<CommandResult, bool> hasNoCache)
    {
        var option = new Option<bool>("--cuda-graphs")
        {
            Description = "Record each kind of step of a cache's plan as a CUDA graph, and replay it; with --device cuda. It has not run on a GPU yet.",
        };
        command.Add(option);
        command.RefuseWhere(option, result => result.GetValue(device) != "cuda", "graphs are CUDA's; add --device cuda.");
        command.RefuseWhere(option, hasNoCache, "without a cache there is no plan, and so no step is known ahead.");
        return option;
    }

    /// <summary>A cache whose steps are recorded.</summary>
    public static CacheChoice Recorded(this CacheChoice cache) => cache.Config is { } config ? cache with { Config = config with { CudaGraphs = true } } : cache;
}

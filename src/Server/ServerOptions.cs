using System.Net;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Server;

/// <summary>What a server serves, to whom, and within which limits.</summary>
public sealed record ServerOptions
{
    /// <summary>The pipelines, under the names that requests give. The first is the default.</summary>
    public required IReadOnlyList<ModelFolder> Models { get; init; }

    /// <summary>
    /// The folder of films, and of the states of jobs where no <see cref="Cluster"/> keeps them. It is created. Nodes of one cluster share it.
    /// </summary>
    public required string Storage { get; init; }

    /// <summary>Where to listen: on loopback, unless there are <see cref="Keys"/>. Port 0 takes a free one.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 8000);

    /// <summary>Who may use the server. Without any, everyone on this machine may, as one user.</summary>
    public IReadOnlyList<ApiKey> Keys { get; init; } = [];

    /// <summary>Where several servers find each other and keep the states of jobs; <see langword="null"/> for a server that is alone.</summary>
    public ClusterOptions? Cluster { get; init; }

    /// <summary>The type that models run in.</summary>
    public ScalarType Dtype { get; init; } = ScalarType.BFloat16;

    /// <summary>Where models run.</summary>
    public DeviceType Device { get; init; } = DeviceType.CPU;

    /// <summary>
    /// How many jobs are made at once, each by a worker with pipelines of its own. On CUDA each has a device of its own, from <c>cuda:0</c> on; on the CPU they share it and its memory.
    /// </summary>
    public int Workers { get; init; } = 1;

    /// <summary>The weights of all pipelines that one worker has loaded, in bytes; by default its share of 80 % of the machine's memory. One is loaded however large it is.</summary>
    public double? MostBytesOfWeights { get; init; }

    /// <summary>The histories that the cache of one job may hold at once, in bytes; by default the machine's memory, and of a device as many as it takes. What would hold more is not taken.</summary>
    public double? MostBytesOfHistory { get; init; }

    /// <summary>The most jobs that wait for one model.</summary>
    public int MostQueued { get; init; } = 1000;

    /// <summary>The most jobs of one key that wait for one model.</summary>
    public int MostQueuedPerKey { get; init; } = 100;

    /// <summary>What one request may ask for.</summary>
    public RequestLimits Limits { get; init; } = new();

    /// <summary>A job whose worker says nothing for so long is given to another.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A job that has lost so many workers is begun no more: what ends its worker each time would end all of them. A server that stops gives its job back, and is no loss.</summary>
    public int MostLosses { get; init; } = 3;

    /// <summary>How long a server that is stopped goes on with the job that it is at; what is not done by then goes back to the queue.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The free bytes of <see cref="Storage"/>'s disk below which no job is taken.</summary>
    public long LeastFreeDisk { get; init; } = 256L << 20;

    /// <summary>Where a worker's models run.</summary>
    internal Device DeviceOf(int worker) => Device == DeviceType.CUDA ? new Device(DeviceType.CUDA, worker) : new Device(Device);

    /// <summary>Refuses what cannot be served.</summary>
    /// <exception cref="ArgumentException">There is no model, a name is given twice or is none, there are no workers or more than devices, or it would listen beyond loopback without keys.</exception>
    public void Validate()
    {
        if (Models.Count == 0)
            throw new ArgumentException("A server serves one pipeline at least, got none.", nameof(Models));
        if (Workers < 1 || (Device == DeviceType.CUDA && Workers > cuda.device_count()))
        {
            throw new ArgumentOutOfRangeException(
                nameof(Workers), Workers, Device == DeviceType.CUDA ? $"Expected 1 to {cuda.device_count()} workers, one for each CUDA device." : "Expected a worker at least.");
        }
        foreach (var model in Models)
            model.Validate();
        if (Models.GroupBy(model => model.Name).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ArgumentException($"The model name '{twice.Key}' is given twice: give each pipeline one of its own, as NAME=FOLDER.", nameof(Models));
        foreach (var key in Keys)
            key.Validate();
        if (Keys.GroupBy(key => key.Owner).FirstOrDefault(same => same.Count() > 1) is { } one)
            throw new ArgumentException($"The keys '{string.Join("' and '", one.Select(key => key.Name))}' are the same: give each user one of their own.", nameof(Keys));
        if (Keys.Count == 0 && !IPAddress.IsLoopback(Listen.Address))
        {
            throw new ArgumentException(
                $"Without API keys a server listens on loopback alone, got {Listen}: give keys (--api-keys FILE), or listen on 127.0.0.1 behind something that asks for them.",
                nameof(Listen));
        }
    }
}

using System.CommandLine;
using System.Net;
using Afterimage.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using static TorchSharp.torch;

namespace Afterimage.Cli.Serve;

/// <summary><c>afterimage serve FOLDER …</c>: films for many users, over HTTP.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var models = new Argument<string[]>("MODEL") { Description = "Pipelines as diffusers saves them, each as FOLDER or NAME=FOLDER; the first is the default.", Arity = ArgumentArity.OneOrMore };
        var listen = new Option<string>("--listen") { Description = "The address and port to listen on; beyond loopback with --api-keys only.", DefaultValueFactory = _ => "127.0.0.1:8000" };
        var storage = new Option<string>("--storage") { Description = "The folder of films, and without --redis of all jobs.", DefaultValueFactory = _ => "afterimage-storage" };
        var keys = new Option<string?>("--api-keys") { Description = "A file with a user a line: a name, a space, and a secret of 16 characters or more." };
        var redis = new Option<string?>("--redis") { Description = "The Redis, as HOST:PORT, by which servers that share a --storage are one cluster." };
        var node = new Option<string>("--node") { Description = "With --redis: the address and port where other servers reach this one, in a network of their own.", DefaultValueFactory = _ => "127.0.0.1:11111" };
        var queue = NumberOption.Count("--max-queue", "How many jobs may wait for one model.", 1000);
        var perKey = NumberOption.Count("--max-queue-per-key", "How many jobs of one user may wait for one model.", 100);
        var lease = NumberOption.Count("--lease", "The seconds after which the job of a worker that says nothing is given to another.", 30);
        var drain = NumberOption.Count("--drain", "The seconds that a job has to be done when the server is stopped; later it goes back to the queue.", 30);
        var workers = NumberOption.Count("--workers", "How many jobs are made at once; with --device cuda by as many devices.", 1);
        var dtype = new Option<string>("--dtype") { Description = "The type the models run in.", DefaultValueFactory = _ => "bfloat16" };
        var device = DeviceOption.New();
        var variant = ModelOptions.Variant();
        dtype.AcceptOnlyFromAmong("float32", "float16", "bfloat16");

        var command = new Command("serve", "Serve pipelines to many users over HTTP, as OpenAI's clients ask for videos.")
        {
            models, listen, storage, keys, redis, node, queue, perKey, lease, drain, workers, dtype, device, variant,
        };
        command.RefuseWhere(node, result => result.GetValue(redis) is null, "a server without --redis has no others.");
        command.SetAction(Run);
        return command;

        async Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
        {
            DeviceOption.Check(DeviceOption.Of(arguments, device));
            var options = new ServerOptions
            {
                Models = [.. arguments.GetValue(models)!.Select(text => ModelFolder.Parse(text, arguments.GetValue(variant)))],
                Storage = arguments.GetValue(storage)!,
                Listen = EndPointOf(listen.Name, arguments.GetValue(listen)!),
                Keys = arguments.GetValue(keys) is { } file ? ApiKey.Load(file) : [],
                Cluster = arguments.GetValue(redis) is { } store ? new ClusterOptions(store, EndPointOf(node.Name, arguments.GetValue(node)!)) : null,
                MostQueued = arguments.GetValue(queue),
                MostQueuedPerKey = arguments.GetValue(perKey),
                Lease = TimeSpan.FromSeconds(arguments.GetValue(lease)),
                DrainTime = TimeSpan.FromSeconds(arguments.GetValue(drain)),
                Workers = arguments.GetValue(workers),
                Dtype = Enum.Parse<ScalarType>(arguments.GetValue(dtype)!, ignoreCase: true),
                Device = DeviceOption.Of(arguments, device),
            };
            await using var server = AfterimageServer.Create(options, LogToErrors);
            await server.StartAsync(cancellationToken);
            Console.WriteLine($"listening on {server.Address}");
            await server.WaitAsync(cancellationToken);
            return ExitCode.Success;
        }
    }

    private static IPEndPoint EndPointOf(string option, string text) => IPEndPoint.TryParse(text.Replace("localhost:", "127.0.0.1:", StringComparison.Ordinal), out var found) && text.Contains(':')
        ? found
        : throw new ArgumentException($"{option}: expected an address and a port such as 127.0.0.1:8000, got '{ErrorText.OneLine(text)}'.");

    // What is printed is for programs; Orleans tells of its own inner life in information and warnings.
    private static void LogToErrors(ILoggingBuilder logging)
    {
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "u";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.AddFilter("Orleans", LogLevel.Error).AddFilter("Microsoft", LogLevel.Warning);
    }
}

using Afterimage.Server.Http;
using Afterimage.Server.Working;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace Afterimage.Server;

/// <summary>A server of films and pictures: HTTP, the queues of jobs and a worker, in one process.</summary>
public sealed class AfterimageServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ServerOptions _options;

    private AfterimageServer(WebApplication app, ServerOptions options) => (_app, _options) = (app, options);

    /// <summary>Where it listens, once it is started.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>Its services, for those who look into it.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Puts a server together and looks at what it serves; no weights are read before the first job.</summary>
    /// <param name="options">What it serves, to whom, and within which limits.</param>
    /// <param name="configureLogging">Where its log goes; nowhere if not given.</param>
    /// <exception cref="ArgumentException">The options cannot be served.</exception>
    /// <exception cref="FileNotFoundException">There is no such pipeline, or a part of it is missing.</exception>
    /// <exception cref="InvalidDataException">An index or a config is malformed.</exception>
    /// <exception cref="NotSupportedException">There is no such pipeline here.</exception>
    /// <exception cref="IOException">The storage cannot be made, or another server works in it.</exception>
    public static AfterimageServer Create(ServerOptions options, Action<ILoggingBuilder>? configureLogging = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var builder = WebApplication.CreateSlimBuilder();
        // Nothing but the options decides what it does: no file of the folder it happens to be started in, and no variable that would have it listen elsewhere.
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        configureLogging?.Invoke(builder.Logging);
        ServerServices.Add(builder, options);
        var app = builder.Build();
        try
        {
            app.UseMiddleware<ErrorGate>();
            app.UseMiddleware<KeyGate>();
            app.UseRouting();
            VideoEndpoints.Map(app);
            ModelEndpoints.Map(app);
            ImageEndpoints.Map(app);
            PageEndpoints.Map(app);
            app.MapPrometheusScrapingEndpoint("/metrics");
            app.Services.GetRequiredService<ModelCatalog>();
            if (options.Cluster is null)
                app.Services.GetRequiredService<IGrainStorage>();
            return new AfterimageServer(app, options);
        }
        catch
        {
            ((IDisposable)app).Dispose();
            throw;
        }
    }

    /// <summary>Begins to listen and to work.</summary>
    /// <exception cref="IOException">The port is taken, or the Redis of the cluster does not answer.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (StackExchange.Redis.RedisException exception)
        {
            // What stands behind the first comma may be a password.
            throw new IOException($"The Redis at '{_options.Cluster!.Redis.Split(',')[0]}' does not answer: start it, or leave the cluster out.", exception);
        }
    }

    /// <summary>
    /// Ends. Until the jobs that are being made are done, or <see cref="ServerOptions.DrainTime"/> is over and they go back to the queue at the end of their step, requests are
    /// answered, but no job is taken.
    /// </summary>
    public async Task StopAsync()
    {
        var drain = _app.Services.GetRequiredService<Drain>();
        drain.Begin();
        var workers = Task.WhenAll(_app.Services.GetServices<DeviceWorker>().Select(worker => worker.ExecuteTask ?? Task.CompletedTask));
        await Task.WhenAny(workers, Task.Delay(_options.DrainTime));
        drain.End();
        await workers;
        await _app.StopAsync();
    }

    /// <summary>Goes on until it is cancelled, and ends as <see cref="StopAsync"/> does.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
        await StopAsync();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

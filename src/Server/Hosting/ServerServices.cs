using System.Text.Json;
using System.Text.Json.Serialization;
using Afterimage.Server.Http;
using Afterimage.Server.Storage;
using Afterimage.Server.Working;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Afterimage.Server;

/// <summary>What a server is made of.</summary>
internal static class ServerServices
{
    public static void Add(WebApplicationBuilder builder, ServerOptions options)
    {
        builder.WebHost.ConfigureKestrel(kestrel => Limit(kestrel, options));
        builder.Services.Configure<JsonOptions>(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
        });
        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter(ServerMetrics.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.Orleans", "System.Runtime").AddPrometheusExporter())
            .WithTracing(traces => traces.AddSource(ServerMetrics.Name));
        builder.Services
            .AddSingleton(options)
            .AddSingleton(TimeProvider.System)
            .AddSingleton<NodeIdentity>()
            .AddSingleton<StorageFolder>()
            .AddSingleton<ModelCatalog>()
            .AddSingleton<FilmFiles>()
            .AddSingleton<Drain>()
            .AddSingleton<WorkSignal>()
            .AddSingleton<ServerMetrics>()
            .AddSingleton<JobStore>()
            .AddSingleton<JobRequestReader>();
        builder.UseOrleans(silo => SiloServices.Add(silo, options));
        // After the silo, whose grains it calls, and so ended before it.
        foreach (var number in Enumerable.Range(0, options.Workers))
        {
            builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<DeviceWorker>(
                services, number, ActivatorUtilities.CreateInstance<JobRunner>(services, options.DeviceOf(number))));
            builder.Services.AddSingleton<IHostedService>(services => services.GetServices<DeviceWorker>().ElementAt(number));
        }
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMinutes(1));
    }

    private static void Limit(KestrelServerOptions kestrel, ServerOptions options)
    {
        const int LeastBytesPerSecond = 500;
        kestrel.AddServerHeader = false;
        kestrel.Listen(options.Listen);
        kestrel.Limits.MaxRequestBodySize = options.Limits.BodyBytes;
        kestrel.Limits.MaxConcurrentConnections = 2000;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        // Whoever sends slower than a modem of 1990 holds a connection and nothing else.
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(LeastBytesPerSecond, TimeSpan.FromSeconds(5));
        kestrel.Limits.MinResponseDataRate = new MinDataRate(LeastBytesPerSecond, TimeSpan.FromSeconds(30));
    }
}

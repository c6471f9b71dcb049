using System.Net;
using Afterimage.Server.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Storage;
using StackExchange.Redis;

namespace Afterimage.Server;

/// <summary>The silo: alone, with its states in files and no port, or one of a cluster that a Redis holds together.</summary>
internal static class SiloServices
{
    // Of what nobody asks for any more.
    private static readonly TimeSpan s_unused = TimeSpan.FromMinutes(5);

    public static void Add(ISiloBuilder silo, ServerOptions options)
    {
        silo.Configure<GrainCollectionOptions>(collection => collection.CollectionAge = s_unused);
        if (options.Cluster is { } cluster)
            AddCluster(silo, cluster);
        else
            AddLonely(silo);
    }

    private static void AddCluster(ISiloBuilder silo, ClusterOptions cluster)
    {
        var redis = ConfigurationOptions.Parse(cluster.Redis);
        redis.AbortOnConnectFail = false;
        silo.Configure<Orleans.Configuration.ClusterOptions>(names => (names.ClusterId, names.ServiceId) = (cluster.Name, cluster.Name));
        // A node that says nothing for a dozen seconds is taken for dead, and its grains go to others; Orleans' own are three times as many.
        silo.Configure<ClusterMembershipOptions>(membership => (membership.ProbeTimeout, membership.NumMissedProbesLimit) = (TimeSpan.FromSeconds(4), 3));
        silo.ConfigureEndpoints(cluster.Address.Address, cluster.Address.Port, gatewayPort: 0, listenOnAnyHostAddress: false);
        silo.UseRedisClustering(clustering => clustering.ConfigurationOptions = redis);
        silo.AddRedisGrainStorageAsDefault(storage =>
        {
            storage.ConfigurationOptions = redis;
            storage.GrainStorageSerializer = new StateJson();
            storage.DeleteStateOnClear = true;
        });
    }

    private static void AddLonely(ISiloBuilder silo)
    {
        silo.UseLocalhostClustering(gatewayPort: 0);
        silo.Services.AddSingleton<IGrainStorage, FileGrainStorage>();
        // Orleans would listen on a port of loopback, where everyone on this machine could join.
        foreach (var listener in silo.Services.Where(service => service.IsKeyedService && service.ServiceType == typeof(IConnectionListenerFactory)).ToList())
        {
            silo.Services.Remove(listener);
            silo.Services.AddKeyedSingleton<IConnectionListenerFactory, NoConnections>(listener.ServiceKey);
        }
    }

    /// <summary>Listens nowhere.</summary>
    private sealed class NoConnections : IConnectionListenerFactory
    {
        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(new Listener(endpoint));

        private sealed class Listener(EndPoint endpoint) : IConnectionListener
        {
            private readonly TaskCompletionSource<ConnectionContext?> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

            public EndPoint EndPoint => endpoint;

            public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => new(_end.Task.WaitAsync(cancellationToken));

            public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
            {
                _end.TrySetResult(null);
                return ValueTask.CompletedTask;
            }

            public ValueTask DisposeAsync() => UnbindAsync();
        }
    }
}

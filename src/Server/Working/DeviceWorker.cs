using Afterimage.Server.Queueing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Afterimage.Server.Working;

/// <summary>Takes jobs from the queues of all models, in turn, and makes them one at a time, since a device makes one at a time.</summary>
internal sealed class DeviceWorker(
    int number, JobRunner runner, IGrainFactory grains, ModelCatalog models, Drain drain, WorkSignal signal, NodeIdentity node, ILogger<DeviceWorker> logger) : BackgroundService
{
    private readonly string _name = node.Worker(number);
    private int _turn;

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        runner.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stopping = stoppingToken.Register(drain.End);
        while (!drain.Began.IsCancellationRequested)
        {
            try
            {
                if (!await Work())
                    await signal.Wait(drain.Began);
            }
            catch (OperationCanceledException) when (drain.Began.IsCancellationRequested)
            {
            }
            catch (Exception exception)
            {
                // The queue's storage may be away; jobs are in it, and it comes back.
                logger.LogError(exception, "A worker could not go on, and tries again");
                await Task.Delay(TimeSpan.FromSeconds(1), drain.Began).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    /// <summary>Makes one job.</summary>
    /// <returns>Whether there was one.</returns>
    private async Task<bool> Work()
    {
        for (var i = 0; i < models.All.Count; i++)
        {
            var model = models.All[_turn++ % models.All.Count];
            var queue = grains.GetGrain<IQueueGrain>(model.Name);
            if (await queue.Take(_name) is not { } ticket)
                continue;
            await runner.Run(model, queue, ticket);
            return true;
        }
        return false;
    }
}

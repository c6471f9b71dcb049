using Afterimage.Models;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Server;

/// <summary>Pipelines in programs of your own.</summary>
public static class AfterimageServiceCollectionExtensions
{
    /// <summary>
    /// Adds a pipeline under its name, as a keyed <see cref="DiffusionPipeline"/> that is loaded when it is first asked for and freed with the provider, and the first that makes
    /// pictures also as <see cref="IImageGenerator"/>.
    /// </summary>
    /// <param name="services">The program's services.</param>
    /// <param name="model">The pipeline, and what it is called.</param>
    /// <param name="dtype">The type that it runs in.</param>
    /// <param name="device">Where it runs.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="ArgumentException">The name cannot be one.</exception>
    /// <exception cref="FileNotFoundException">There is no such folder, or no index in it.</exception>
    /// <exception cref="InvalidDataException">The index is malformed.</exception>
    /// <exception cref="NotSupportedException">There is no such pipeline here.</exception>
    public static IServiceCollection AddAfterimage(
        this IServiceCollection services, ModelFolder model, ScalarType dtype = ScalarType.BFloat16, DeviceType device = DeviceType.CPU)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(model);
        model.Validate();
        var folder = HubCache.FolderOf(model.Folder);
        var pipeline = PipelineClasses.Of(folder);
        services.AddKeyedSingleton(model.Name, (provider, _) =>
        {
            provider.GetService<ILogger<DiffusionPipeline>>()?.LogInformation("Loading {Model} from {Folder}", model.Name, folder);
            return pipeline.Load(folder, dtype, null, CancellationToken.None, model.Variant).To(new Device(device));
        });
        if (pipeline.DefaultOptions is not VideoGenerationOptions && services.All(service => service.ServiceType != typeof(IImageGenerator)))
            services.AddSingleton<IImageGenerator>(provider => new PipelineImageGenerator(() => provider.GetRequiredKeyedService<DiffusionPipeline>(model.Name), model.Name));
        return services;
    }
}

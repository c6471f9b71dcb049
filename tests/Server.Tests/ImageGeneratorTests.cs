using Afterimage.Models;
using Afterimage.Models.Tests;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using SkiaSharp;
using TorchSharp;

namespace Afterimage.Server.Tests;

/// <summary>Pipelines among the services of a program, and pictures as Microsoft.Extensions.AI asks for them.</summary>
[TestClass]
public sealed class ImageGeneratorTests
{
    [TestMethod]
    public async Task Generator_OfAFluxPipeline_MakesPictures()
    {
        using var folder = new RecordedPipelineFolder("pipeline-flux-tiny");
        await using var services = new ServiceCollection()
            .AddAfterimage(new ModelFolder("moving-shapes", TestServer.MovingShapes), torch.ScalarType.Float32)
            .AddAfterimage(new ModelFolder("flux", folder.Path), torch.ScalarType.Float32)
            .BuildServiceProvider();
        var generator = services.GetRequiredService<IImageGenerator>();
        var options = new ImageGenerationOptions { Count = 2, ImageSize = new(48, 64), AdditionalProperties = new() { ["num_inference_steps"] = 2, ["seed"] = 5, ["cache"] = "pab" } };
        var (first, second) = (await generator.GenerateAsync(new("a cat"), options), await generator.GenerateAsync(new("a cat"), options));
        Assert.HasCount(2, first.Contents);
        foreach (var (picture, again) in first.Contents.Cast<DataContent>().Zip(second.Contents.Cast<DataContent>()))
        {
            using var decoded = SKBitmap.Decode(picture.Data.ToArray());
            Assert.AreEqual((48, 64), (decoded.Width, decoded.Height));
            Assert.AreSequenceEqual(picture.Data.ToArray(), again.Data.ToArray());
        }
        Assert.AreEqual("flux", generator.GetService<ImageGeneratorMetadata>()!.DefaultModelId);
        Assert.AreSame(services.GetRequiredKeyedService<DiffusionPipeline>("flux"), generator.GetService<DiffusionPipeline>());
        Assert.IsInstanceOfType<CogVideoXPipeline>(services.GetRequiredKeyedService<DiffusionPipeline>("moving-shapes"));
    }

    [TestMethod]
    public async Task Generator_OfWhatItCannotDo_SaysSo()
    {
        using var folder = new RecordedPipelineFolder("pipeline-flux-tiny");
        await using var services = new ServiceCollection().AddAfterimage(new ModelFolder("flux", folder.Path), torch.ScalarType.Float32).BuildServiceProvider();
        var generator = services.GetRequiredService<IImageGenerator>();
        await Assert.ThrowsExactlyAsync<NotSupportedException>(() => generator.GenerateAsync(new("a cat", [new DataContent(new byte[1], "image/png")])));
        await Assert.ThrowsExactlyAsync<NotSupportedException>(() => generator.GenerateAsync(new("a cat"), new() { ResponseFormat = ImageGenerationResponseFormat.Uri }));
        await Assert.ThrowsExactlyAsync<ArgumentException>(() => generator.GenerateAsync(new("a cat"), new() { AdditionalProperties = new() { ["unknown"] = 1 } }));
        await Assert.ThrowsExactlyAsync<ArgumentException>(() => generator.GenerateAsync(new("a cat"), new() { AdditionalProperties = new() { ["cache"] = "/etc/passwd" } }));
        await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(new("a cat"), new() { ImageSize = new(47, 64) }));
    }
}

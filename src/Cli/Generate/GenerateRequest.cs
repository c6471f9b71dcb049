using Afterimage.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Cli.Generate;

/// <summary>What <c>generate</c> was asked for.</summary>
/// <param name="Folder">The pipeline's folder.</param>
/// <param name="Prompt">What the film shall show.</param>
/// <param name="Options">How it is generated.</param>
/// <param name="Scheduler"><c>ddim</c>, <c>dpm</c>, or null for the folder's own.</param>
/// <param name="Dtype">The type the models run in.</param>
/// <param name="Device">Where they run.</param>
/// <param name="Cache">What is reused.</param>
/// <param name="Compare">Whether to generate without the cache too.</param>
/// <param name="Target">Where the film goes.</param>
/// <param name="FramesPerSecond">Its rate.</param>
internal sealed record GenerateRequest(
    string Folder,
    string Prompt,
    CogVideoXGenerationOptions Options,
    string? Scheduler,
    ScalarType Dtype,
    DeviceType Device,
    CacheChoice Cache,
    bool Compare,
    string Target,
    double FramesPerSecond);

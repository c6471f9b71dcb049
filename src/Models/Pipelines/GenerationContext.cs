using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What the stages of one generation share.</summary>
/// <param name="Request">Its sizes.</param>
/// <param name="Schedule">The scheduler's run.</param>
/// <param name="Generator">Where noise is drawn; <see langword="null"/> for torch's own.</param>
/// <param name="Progress">Who is told, if anyone.</param>
/// <param name="CancellationToken">Looked at between all that takes time.</param>
internal sealed record GenerationContext(
    GenerationRequest Request,
    SchedulerRun Schedule,
    Generator? Generator,
    IProgress<GenerationProgress>? Progress,
    CancellationToken CancellationToken)
{
    /// <summary>Noise in a type and, with a seed, on the CPU: as diffusers draws it, so that a seed means the same.</summary>
    public Tensor Noise(ReadOnlySpan<long> shape, ScalarType dtype, Device device) => GaussianNoise.Draw(shape, dtype, device, Generator);
}

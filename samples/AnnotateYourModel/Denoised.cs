using Afterimage;
using static TorchSharp.torch;

namespace AnnotateYourModel;

/// <summary>What came of a run.</summary>
internal sealed record Denoised(Tensor Latents, double Seconds, CachePlan? Plan, long HistoryBytes);

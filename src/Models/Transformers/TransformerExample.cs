using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Inputs of a transformer, random but for their shapes.</summary>
/// <param name="Latents">What a run starts from, <c>[1, …]</c>, without guidance.</param>
/// <param name="Tokens">How many tokens these are.</param>
/// <param name="Forward">Calls the model on latents (guidance batch included) at a timestep, and gives what a scheduler takes.</param>
internal sealed record TransformerExample(Tensor Latents, long Tokens, Func<Tensor, double, Tensor> Forward);

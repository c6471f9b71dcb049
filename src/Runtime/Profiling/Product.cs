using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage;

/// <summary>A call of a layer whose work is matrix products: a linear layer, a convolution or an attention.</summary>
/// <param name="Layer">What was called.</param>
/// <param name="Inputs">What it was given. The caller's, as the output is: good while the watch tells of the call.</param>
/// <param name="Mask">An attention's mask, if it has one.</param>
/// <param name="Output">What it gave.</param>
/// <param name="Flops">Its floating-point operations, 2 per multiply-add.</param>
internal readonly record struct Product(Module Layer, IReadOnlyList<Tensor> Inputs, Tensor? Mask, Tensor Output, long Flops);

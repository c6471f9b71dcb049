using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class CogVideoXBlock
{
    /// <inheritdoc/>
    public override partial (Tensor, Tensor) forward(Tensor hidden, Tensor encoder, Tensor temb, RotaryEmbedding? rotary) =>
        Compute(hidden, encoder, temb, rotary);
}

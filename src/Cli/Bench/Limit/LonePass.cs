using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary>A tensor read, and another of its size written.</summary>
internal sealed class LonePass(Tensor alike) : LoneWork(WorkKind.Pass, 0, alike.numel() * alike.element_size(), Copy(alike), Copy(alike))
{
    /// <summary>The same for tensors whose passes take the same time.</summary>
    public static string KeyOf(Tensor tensor) => $"pass over {tensor.numel()} {tensor.dtype}";

    protected override void Do() => Inputs[0].copy_(Inputs[1]);
}

using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Chains of operations whose intermediate results are freed one by one, not at the end of a scope.</summary>
internal static class OwnedTensor
{
    /// <summary>Applies the next operation and frees its input.</summary>
    public static Tensor Then(this Tensor owned, Func<Tensor, Tensor> next)
    {
        using (owned)
            return next(owned);
    }
}

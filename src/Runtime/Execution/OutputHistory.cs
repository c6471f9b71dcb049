using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>The whole model's history in one cache context of a run: what its output was more than its latents.</summary>
/// <param name="added">Keeps it.</param>
internal sealed class OutputHistory(SiteHistory added)
{
    private ScalarType _dtype;

    /// <summary>Whether the forward that is under way does not run the model.</summary>
    public bool IsSkipped => added.IsSkipped;

    /// <summary>Takes note of a computed output. The caller keeps both.</summary>
    /// <exception cref="InvalidOperationException">It is to be kept, and has another shape than the latents.</exception>
    public void Keep(Tensor output, Tensor latents)
    {
        if (added.Stores && !output.shape.AsSpan().SequenceEqual(latents.shape))
            throw added.Failure(
                $"expected an output of the latents' shape [{string.Join(", ", latents.shape)}], got [{string.Join(", ", output.shape)}]: this model can be cached block by block only");
        _dtype = output.dtype;
        added.Keep(0, output, latents);
    }

    /// <summary>The output of a forward that does not run, in the current dispose scope, owned by the caller.</summary>
    public Tensor Take(Tensor latents)
    {
        using var more = added.Take(0);
        using var output = latents.Plus(more);
        return output.to(_dtype);
    }
}

using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Checks of what transformers are called with; messages say what was expected.</summary>
internal static class InputCheck
{
    /// <summary>One value per sample, or one for all.</summary>
    public static void PerSample(Tensor values, long batch, string name)
    {
        if (values.dim() != 1 || (values.size(0) != batch && values.size(0) != 1))
            throw Bad($"[{batch}]", values, name);
    }

    /// <summary>One timestep per sample, or one for all; or one per token of each, or for all tokens.</summary>
    public static void PerSampleOrToken(Tensor timestep, long batch, long tokens, string name)
    {
        if (timestep.dim() != 2)
            PerSample(timestep, batch, name);
        else if ((timestep.size(0) != batch && timestep.size(0) != 1) || (timestep.size(1) != tokens && timestep.size(1) != 1))
            throw Bad($"[{batch}], or a timestep for every token [{batch}, {tokens}]", timestep, name);
    }

    /// <summary>A sequence for every sample: [batch, tokens, dim].</summary>
    public static void Tokens(Tensor tokens, long batch, long dim, string what, string name)
    {
        if (tokens.dim() != 3 || tokens.size(0) != batch || tokens.size(2) != dim)
            throw Bad($"[{batch}, {what}, {dim}]", tokens, name);
    }

    /// <summary>Latents of the model's type.</summary>
    public static void TypeOf(Tensor latents, ScalarType type, string name)
    {
        if (latents.dtype != type)
            throw new ArgumentException($"expected latents of type {type}, as the model, found {latents.dtype}", name);
    }

    /// <summary>[batch, channels, frames, height, width] with whole patches.</summary>
    public static void Video(Tensor latents, long channels, (long Frames, long Rows, long Columns) patch, string name)
    {
        if (latents.dim() != 5)
            throw Bad("[batch, channels, frames, height, width]", latents, name);
        if (latents.size(1) != channels)
            throw Bad($"{channels} channels in [batch, channels, frames, height, width]", latents, name);
        if (latents.size(2) % patch.Frames != 0 || latents.size(3) % patch.Rows != 0 || latents.size(4) % patch.Columns != 0)
        {
            throw Bad(
                $"frames, height and width divisible by the patch size {patch.Frames} × {patch.Rows} × {patch.Columns}",
                latents,
                name);
        }
    }

    public static ArgumentException Bad(string expected, Tensor found, string name) =>
        new($"expected {expected}, found [{string.Join(", ", found.shape)}]", name);
}

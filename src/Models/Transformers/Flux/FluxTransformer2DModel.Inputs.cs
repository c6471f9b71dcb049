using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class FluxTransformer2DModel
{
    private void CheckInputs(
        Tensor hiddenStates,
        Tensor encoderHiddenStates,
        Tensor pooledProjections,
        Tensor timestep,
        Tensor? guidance,
        FluxPositionIds ids)
    {
        if (hiddenStates.dim() != 3 || hiddenStates.size(2) != Config.InChannels)
            throw InputCheck.Bad($"packed latents [batch, image, {Config.InChannels}]", hiddenStates, nameof(hiddenStates));
        InputCheck.TypeOf(hiddenStates, x_embedder.Weight.dtype, nameof(hiddenStates));
        var batch = hiddenStates.size(0);
        InputCheck.Tokens(encoderHiddenStates, batch, Config.JointAttentionDim, "text", nameof(encoderHiddenStates));
        if (!pooledProjections.shape.SequenceEqual([batch, Config.PooledProjectionDim]))
            throw InputCheck.Bad($"[{batch}, {Config.PooledProjectionDim}]", pooledProjections, nameof(pooledProjections));
        InputCheck.PerSample(timestep, batch, nameof(timestep));
        if (guidance is not null)
            InputCheck.PerSample(guidance, batch, nameof(guidance));

        ArgumentNullException.ThrowIfNull(ids);
        CheckIds(ids.Text, encoderHiddenStates.size(1), nameof(FluxPositionIds.Text));
        CheckIds(ids.Image, hiddenStates.size(1), nameof(FluxPositionIds.Image));
    }

    private static void CheckIds(Tensor ids, long tokens, string name)
    {
        if (!ids.shape.SequenceEqual([tokens, 3]))
            throw InputCheck.Bad($"positions [{tokens}, 3]", ids, name);
    }
}

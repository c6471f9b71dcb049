using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class HunyuanVideoTransformer3DModel
{
    private void CheckInputs(
        Tensor hiddenStates, Tensor timestep, Tensor encoderHiddenStates, Tensor encoderAttentionMask, Tensor pooledProjections, Tensor? guidance)
    {
        InputCheck.Video(hiddenStates, Config.InChannels, (Config.PatchSizeT, Config.PatchSize, Config.PatchSize), nameof(hiddenStates));
        InputCheck.TypeOf(hiddenStates, x_embedder.Dtype, nameof(hiddenStates));
        var batch = hiddenStates.size(0);
        InputCheck.PerSample(timestep, batch, nameof(timestep));
        InputCheck.Tokens(encoderHiddenStates, batch, Config.TextEmbedDim, "text", nameof(encoderHiddenStates));
        var text = encoderHiddenStates.size(1);
        if (text == 0)
            throw InputCheck.Bad("one prompt token at least", encoderHiddenStates, nameof(encoderHiddenStates));
        if (!encoderAttentionMask.shape.SequenceEqual([batch, text]))
            throw InputCheck.Bad($"[{batch}, {text}]", encoderAttentionMask, nameof(encoderAttentionMask));
        if (!pooledProjections.shape.SequenceEqual([batch, Config.PooledProjectionDim]))
            throw InputCheck.Bad($"[{batch}, {Config.PooledProjectionDim}]", pooledProjections, nameof(pooledProjections));
        if (guidance is not null)
            InputCheck.PerSample(guidance, batch, nameof(guidance));
    }
}

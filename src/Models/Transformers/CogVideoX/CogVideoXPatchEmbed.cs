using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Makes tokens of latents and prompt (<c>proj</c>, <c>text_proj</c>) and adds positions where the model has a table of them.
/// Source: diffusers <c>models/embeddings.py</c> (CogVideoXPatchEmbed).
/// </summary>
public sealed class CogVideoXPatchEmbed : Module<Tensor, Tensor, (Tensor Hidden, Tensor Encoder)>
{
    private readonly Module<Tensor, Tensor> proj;
    private readonly LinearLayer text_proj;
    private readonly CogVideoXTransformer3DModelConfig _config;
    private readonly CogVideoXPositionTable? _positions;
    // A persistent buffer: checkpoints with learned positions hold it.
    private readonly Tensor? pos_embedding;

    /// <summary>Builds the layer.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public CogVideoXPatchEmbed(CogVideoXTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(CogVideoXPatchEmbed))
    {
        ArgumentNullException.ThrowIfNull(config);
        _config = config;
        long patch = config.PatchSize;
        proj = config.PatchSizeT is { } frames
            ? Dense.Linear(config.InChannels * patch * patch * frames, config.InnerDim, true, device, dtype)
            : new PatchProjection(config.InChannels, config.InnerDim, [patch, patch], config.PatchBias, device, dtype);
        text_proj = Dense.Linear(config.TextEmbedDim, config.InnerDim, true, device, dtype);
        if (!config.UseRotaryPositionalEmbeddings || config.UseLearnedPositionalEmbeddings)
            _positions = new CogVideoXPositionTable(config);
        if (config.UseLearnedPositionalEmbeddings)
            pos_embedding = LearnedTable(device, dtype);
        RegisterComponents();
    }

    /// <summary>Makes the two token sequences.</summary>
    /// <param name="text">The prompt's embedding, [batch, text, text embed dim].</param>
    /// <param name="latents">[batch, frames, channels, height, width], whole patches of them.</param>
    /// <returns>The video tokens [batch, video, dim] and the prompt tokens [batch, text, dim].</returns>
    /// <exception cref="ArgumentException">A learned table is for another size.</exception>
    public override (Tensor Hidden, Tensor Encoder) forward(Tensor text, Tensor latents) => (EmbedVideo(latents), EmbedText(text, latents));

    /// <summary>Makes the video tokens.</summary>
    /// <param name="latents">[batch, frames, channels, height, width], whole patches of them.</param>
    /// <returns>[batch, video, dim]</returns>
    /// <exception cref="ArgumentException">A learned table is for another size.</exception>
    [NoSideEffects]
    public Tensor EmbedVideo(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var tokens = _config.PatchSizeT is { } frames ? ProjectVolumes(latents, frames) : proj.call(latents.transpose(1, 2));
        return (_positions is null ? tokens : tokens.Plus(Positions(tokens, latents))).MoveToOuterDisposeScope();
    }

    /// <summary>Makes the prompt tokens, which only blocks read.</summary>
    /// <param name="text">The prompt's embedding, [batch, text, text embed dim].</param>
    /// <param name="latents">What the video tokens are made of.</param>
    /// <returns>[batch, text, dim]</returns>
    /// <exception cref="ArgumentException">A learned table is for another number of tokens.</exception>
    [NoSideEffects]
    public Tensor EmbedText(Tensor text, Tensor latents)
    {
        using var scope = NewDisposeScope();
        var tokens = text_proj.call(text);
        if (pos_embedding is null)
            return tokens.MoveToOuterDisposeScope();

        if (tokens.size(1) != _config.MaxTextSeqLength)
        {
            throw new ArgumentException(
                $"the learned position table is for {_config.MaxTextSeqLength} prompt tokens, found {tokens.size(1)}");
        }

        return (HasLearnedPositions(latents) ? tokens.Plus(pos_embedding.to(tokens.dtype).narrow(1, 0, tokens.size(1))) : tokens)
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _positions?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>CogVideoX 1.5: a patch is a square of some frames; channels, frames, rows, columns in this order.</summary>
    private Tensor ProjectVolumes(Tensor latents, long frames)
    {
        long patch = _config.PatchSize;
        var (batch, channels) = (latents.size(0), latents.size(2));
        var patches = latents
            .reshape(batch, latents.size(1) / frames, frames, channels, latents.size(3) / patch, patch, latents.size(4) / patch, patch)
            .permute(0, 1, 4, 6, 3, 2, 5, 7) // [B, F, h, w, C, f, p, p]
            .reshape(batch, -1, channels * frames * patch * patch);
        return proj.call(patches);
    }

    private Tensor Positions(Tensor tokens, Tensor latents)
    {
        var (frames, height, width) = (latents.size(1), latents.size(3), latents.size(4));
        if (pos_embedding is not null && (height != _config.SampleHeight || width != _config.SampleWidth))
        {
            throw new ArgumentException(
                $"the learned position table is for latents of {_config.SampleHeight} × {_config.SampleWidth}, "
                + $"found {height} × {width}");
        }

        return pos_embedding is not null && HasLearnedPositions(latents)
            ? pos_embedding.to(tokens.dtype).narrow(1, _config.MaxTextSeqLength, tokens.size(1))
            : _positions!.For(frames, height, width, tokens);
    }

    /// <summary>Another number of frames takes a computed table, as in diffusers.</summary>
    private bool HasLearnedPositions(Tensor latents) => latents.size(1) == CogVideoXPositionTable.LatentFrames(_config);

    /// <summary>What a learned table begins as: zeros for the prompt, then the computed positions.</summary>
    private Tensor LearnedTable(Device? device, ScalarType? dtype)
    {
        using var scope = NewDisposeScope();
        var type = dtype ?? get_default_dtype();
        var frames = CogVideoXPositionTable.LatentFrames(_config);
        using var computed = CogVideoXPositionTable.Compute(_config, frames, _config.SampleHeight, _config.SampleWidth, device);
        return cat([zeros(1, _config.MaxTextSeqLength, _config.InnerDim, dtype: type, device: device), computed.to(type)], dim: 1)
            .DetachFromDisposeScope();
    }
}

using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Attention from one sequence to the prompt, whose keys and values are the same at every denoising step, and to an image's tokens before it, which have
/// projections of their own (<c>add_k_proj</c>, <c>add_v_proj</c>; Wan). Sources: as of <see cref="Attention"/>.
/// </summary>
[PromptProjection(nameof(to_k))]
[PromptProjection(nameof(to_v))]
public sealed partial class CrossAttention : Module<Tensor, Tensor, Tensor?, Tensor>
{
    // Of the text encoder; what is before them is the image's.
    private const long TextTokens = 512;

    private readonly LinearLayer to_q;
    private readonly LinearLayer to_k;
    private readonly LinearLayer to_v;
    private readonly Module<Tensor, Tensor>? norm_q;
    private readonly Module<Tensor, Tensor>? norm_k;
    private readonly LinearLayer? add_k_proj;
    private readonly LinearLayer? add_v_proj;
    private readonly Module<Tensor, Tensor>? norm_added_k;
    private readonly ScaledDotProductAttention sdpa = new();
    private readonly ModuleList<Module<Tensor, Tensor>> to_out;
    private readonly AttentionHeads _heads;

    /// <summary>Builds the layer.</summary>
    /// <param name="queryDim">The width of the tokens.</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="headDim">The width of a head.</param>
    /// <param name="encoderDim">The width of the tokens attended to; <see langword="null"/> for <paramref name="queryDim"/>.</param>
    /// <param name="qkNorm">What queries and keys go through.</param>
    /// <param name="addedKvProjDim">The width of an image's tokens; <see langword="null"/> where there are none.</param>
    /// <param name="eps">The epsilon of these norms.</param>
    /// <param name="bias">Whether query, key and value projections have biases.</param>
    /// <param name="outBias">Whether the output projection has a bias.</param>
    /// <param name="dropout">The share of output elements that training drops.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public CrossAttention(
        long queryDim,
        long heads,
        long headDim,
        long? encoderDim = null,
        QueryKeyNorm qkNorm = QueryKeyNorm.None,
        long? addedKvProjDim = null,
        double eps = 1e-5,
        bool bias = false,
        bool outBias = true,
        double dropout = 0,
        Device? device = null,
        ScalarType? dtype = null)
        : base(nameof(CrossAttention))
    {
        _heads = new AttentionHeads(heads, headDim, qkNorm);
        to_q = Dense.Linear(queryDim, _heads.Width, bias, device, dtype);
        to_k = Dense.Linear(encoderDim ?? queryDim, _heads.Width, bias, device, dtype);
        to_v = Dense.Linear(encoderDim ?? queryDim, _heads.Width, bias, device, dtype);
        norm_q = _heads.NewNorm(eps, device, dtype);
        norm_k = _heads.NewNorm(eps, device, dtype);
        if (addedKvProjDim is { } added)
        {
            add_k_proj = Dense.Linear(added, _heads.Width, bias, device, dtype);
            add_v_proj = Dense.Linear(added, _heads.Width, bias, device, dtype);
            norm_added_k = _heads.NewNorm(eps, device, dtype);
        }

        to_out = [Dense.Linear(_heads.Width, queryDim, outBias, device, dtype), Dropout(dropout)];
        RegisterComponents();
    }

    /// <summary>Attends.</summary>
    /// <param name="hidden">The tokens that attend, [batch, tokens, dim].</param>
    /// <param name="encoder">The tokens attended to, [batch, others, encoder dim]; where an image's are among them, those before the last 512.</param>
    /// <param name="mask">Of the prompt, as in <see cref="ScaledDotProductAttention"/>, or <see langword="null"/>.</param>
    /// <returns>[batch, tokens, dim]</returns>
    [NoSideEffects]
    public override partial Tensor forward(Tensor hidden, Tensor encoder, Tensor? mask);

    [CachedForward]
    private Tensor Compute(Tensor hidden, Tensor encoder, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var images = ImageTokens(encoder);
        var text = encoder.narrow(1, images, encoder.size(1) - images);
        var key = to_k.call(text);
        var value = to_v.call(text);
        return Attend(to_q.call(hidden), key, value, encoder.narrow(1, 0, images), mask).MoveToOuterDisposeScope();
    }

    /// <summary>How many tokens are an image's. Where there are fewer than the prompt's, diffusers' slice counts them from the end.</summary>
    [NoSideEffects]
    private long ImageTokens(Tensor encoder)
    {
        if (add_k_proj is null)
            return 0;
        var tokens = encoder.size(1);
        return tokens >= TextTokens ? tokens - TextTokens : Math.Max(0, 2 * tokens - TextTokens);
    }

    [NoSideEffects]
    private Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor image, Tensor? mask)
    {
        var queries = _heads.Split(query, norm_q);
        var attended = _heads.Attend(sdpa, queries, _heads.Split(key, norm_k), _heads.Split(value), mask);
        if (image.size(1) > 0)
        {
            var imageKey = _heads.Split(add_k_proj!.call(image), norm_added_k);
            attended = attended.Plus(_heads.Attend(sdpa, queries, imageKey, _heads.Split(add_v_proj!.call(image)), null));
        }

        return AttentionHeads.Out(to_out, attended, training);
    }
}

using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Text to video with CogVideoX 2b, 5b and 1.5. If a cache is enabled on <see cref="Transformer"/>, every generation is a run of it,
/// which the pipeline begins and ends. Not thread-safe: one generation at a time. Whatever ends a generation, the pipeline is as it was
/// before. Source: diffusers <c>pipelines/cogvideo/pipeline_cogvideox.py</c>.
/// </summary>
public sealed partial class CogVideoXPipeline : IDisposable
{
    private int _busy;
    private bool _isDisposed;

    /// <summary>Puts a pipeline together. It owns the parts, which are freed with it.</summary>
    /// <param name="tokenizer">Makes tokens of prompts.</param>
    /// <param name="textEncoder">Makes embeddings of tokens.</param>
    /// <param name="vae">Makes frames of latents.</param>
    /// <param name="transformer">Predicts; a model of text-to-video.</param>
    /// <param name="scheduler">A <see cref="CogVideoXDDIMScheduler"/> or a <see cref="CogVideoXDPMScheduler"/>.</param>
    /// <exception cref="ArgumentException">The parts do not go together; the message says which and why.</exception>
    public CogVideoXPipeline(
        T5Tokenizer tokenizer,
        T5EncoderModel textEncoder,
        AutoencoderKLCogVideoX vae,
        CogVideoXTransformer3DModel transformer,
        CogVideoXScheduler scheduler)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(textEncoder);
        ArgumentNullException.ThrowIfNull(vae);
        ArgumentNullException.ThrowIfNull(transformer);
        (Tokenizer, TextEncoder, Vae, Transformer, Scheduler) = (tokenizer, textEncoder, vae, transformer, scheduler);
        CheckParts(tokenizer, textEncoder.Config, vae.Config, transformer.Config);
    }

    /// <summary>Makes tokens of prompts.</summary>
    public T5Tokenizer Tokenizer { get; }

    /// <summary>Makes embeddings of tokens. It may be on another device than the transformer.</summary>
    public T5EncoderModel TextEncoder { get; }

    /// <summary>Makes frames of latents. It may be on another device than the transformer, and of another type.</summary>
    public AutoencoderKLCogVideoX Vae { get; }

    /// <summary>Predicts. Caches are enabled here.</summary>
    public CogVideoXTransformer3DModel Transformer { get; }

    /// <summary>Goes from a prediction to the next latents. A generation sets its timesteps.</summary>
    public CogVideoXScheduler Scheduler
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }

    /// <summary>
    /// The timestep of the step that is being done; <see langword="null"/> outside of denoising. For
    /// <see cref="CacheConfig.CurrentTimestepCallback"/>.
    /// </summary>
    public double? CurrentTimestep { get; private set; }

    /// <summary>
    /// What of the last generation's prompts went beyond <see cref="CogVideoXGenerationOptions.MaxSequenceLength"/> and was left out, the
    /// prompt's before the negative prompt's; empty where all of them was used.
    /// </summary>
    public IReadOnlyList<string> TruncatedTexts { get; private set; } = [];

    /// <summary>Moves text encoder, transformer and autoencoder.</summary>
    /// <returns>This pipeline.</returns>
    public CogVideoXPipeline To(Device device)
    {
        foreach (var part in (nn.Module[])[TextEncoder, Transformer, Vae])
            part.to(device);
        return this;
    }

    /// <summary>Makes videos.</summary>
    /// <param name="prompt">What to show; may be empty. <see langword="null"/> with <see cref="CogVideoXGenerationOptions.PromptEmbeds"/>.</param>
    /// <param name="options">Everything else.</param>
    /// <param name="progress">Told the beginning of every stage, and every step.</param>
    /// <param name="cancellationToken">Looked at before every prompt, denoising step and batch of decoded frames.</param>
    /// <returns>[batch, frames, 3, height, width] in [0, 1], float32, on the CPU. The caller owns it.</returns>
    /// <exception cref="ArgumentException">
    /// An option is out of range, a tensor is of another shape, or the enabled cache cannot work with these options. Nothing was done yet.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="NotFiniteNumberException">
    /// Text embeddings, the latents after a step or decoded frames have NaN or infinity in them; the message says which, and the likely
    /// cause.
    /// </exception>
    /// <exception cref="InvalidOperationException">Another generation is in progress.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline is disposed.</exception>
    public Tensor Generate(
        string? prompt,
        CogVideoXGenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        using var turn = TakeTurn();
        using var noGradient = no_grad();
        using var latents = Denoise(prompt, options ?? new(), progress, cancellationToken, out var request);
        return Decode(latents, request.AdditionalFrames, progress, cancellationToken);
    }

    /// <summary>As <see cref="Generate"/>, without decoding (diffusers' <c>output_type="latent"</c>).</summary>
    /// <returns>
    /// [batch, frames, channels, height, width] in latents, padding frames of CogVideoX 1.5 included, of the transformer's type and on its
    /// device. The caller owns it.
    /// </returns>
    /// <inheritdoc cref="Generate" path="/param"/>
    /// <inheritdoc cref="Generate" path="/exception"/>
    public Tensor GenerateLatents(
        string? prompt,
        CogVideoXGenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        using var turn = TakeTurn();
        using var noGradient = no_grad();
        using var latents = Denoise(prompt, options ?? new(), progress, cancellationToken, out _);
        return latents.alias();
    }

    /// <summary>Frees text encoder, transformer and autoencoder.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        TextEncoder.Dispose();
        Transformer.Dispose();
        Vae.Dispose();
    }

    private Turn TakeTurn()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (Interlocked.Exchange(ref _busy, 1) != 0)
            throw new InvalidOperationException("The pipeline is in the middle of a generation. It makes one at a time: wait for its end.");
        return new Turn(this);
    }

    private readonly struct Turn(CogVideoXPipeline pipeline) : IDisposable
    {
        public void Dispose() => Volatile.Write(ref pipeline._busy, 0);
    }
}

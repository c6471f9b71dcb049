using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary>A model that <c>bench</c> makes up: blocks of 8 heads of 64, with random weights, and inputs of any number of tokens.</summary>
/// <param name="Kind">One of <see cref="Kinds"/>.</param>
/// <param name="Tokens">Of latents and prompt, a multiple of <see cref="Unit"/>; one in <see cref="PerPromptToken"/> is the prompt's.</param>
/// <param name="Batch">How many samples there are, without guidance.</param>
internal sealed record BenchModel(string Kind = "cogvideox", int Tokens = 4 * BenchModel.Unit, int Batch = 1)
{
    /// <summary>The fewest tokens: latents of 3 frames of 8 × 12 patches, and a prompt of 12.</summary>
    public const int Unit = 300;

    private const int PerPromptToken = 25;
    private const int Heads = 8, HeadWidth = 64, Width = Heads * HeadWidth;
    private const int TextWidth = 128;

    /// <summary>The classes that there is a model of.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["cogvideox", "latte", "wan", "flux"];

    private int Text => Tokens / PerPromptToken;

    private string Size => $"--tokens {Tokens}, --batch {Batch}";

    /// <summary>The model and its inputs, which the caller owns. The same weights and inputs every time.</summary>
    /// <exception cref="InsufficientMemoryException">A forward does not fit into memory.</exception>
    public Subject Build(ScalarType dtype, Device device)
    {
        RunSize.CheckForward(Size, (double)Tokens * Batch, Width, dtype, device);
        manual_seed(0);
        return Kind switch
        {
            "cogvideox" => CogVideoX(dtype, device),
            "latte" => Latte(dtype, device),
            "wan" => Wan(dtype, device),
            "flux" => Flux(dtype, device),
            _ => throw new ArgumentException($"model '{Kind}' is not known; expected {string.Join(", ", Kinds)}", nameof(Kind)),
        };
    }

    private Subject CogVideoX(ScalarType dtype, Device device)
    {
        var (rows, columns) = Grid(16, 24);
        var model = CogVideoXTransformer3DModel.FromConfig(new()
        {
            NumAttentionHeads = Heads,
            AttentionHeadDim = HeadWidth,
            NumLayers = 6,
            TextEmbedDim = TextWidth,
            TimeEmbedDim = 128,
            MaxTextSeqLength = Text,
            SampleHeight = rows,
            SampleWidth = columns,
            SampleFrames = 9,
        }, device, dtype);
        var prompt = randn([2 * Batch, Text, TextWidth], dtype, device);
        return Of(model, randn([Batch, 3, 16, rows, columns], dtype, device), (hidden, times) =>
            model.forward(hidden, LastRows(prompt, hidden), times, null, null, null));
    }

    private Subject Latte(ScalarType dtype, Device device)
    {
        const int Frames = 12; // fewer and smaller ones would leave temporal attention nothing to do
        var (rows, columns) = Grid(8, 12);
        var model = LatteTransformer3DModel.FromConfig(new()
        {
            NumAttentionHeads = Heads,
            AttentionHeadDim = HeadWidth,
            InChannels = 4,
            OutChannels = 8,
            NumLayers = 3,
            AttentionBias = true,
            CrossAttentionDim = Width,
            CaptionChannels = TextWidth,
            SampleSize = rows,
            PatchSize = 2,
            ActivationFn = "gelu-approximate",
            NormType = "ada_norm_single",
            NormElementwiseAffine = false,
            NormEps = 1e-6,
            VideoLength = Frames,
        }, device, dtype);
        var prompt = randn([2 * Batch, Text, TextWidth], dtype, device);
        return Of(model, randn([Batch, 4, Frames, rows, columns], dtype, device), (hidden, times) =>
            model.forward(hidden, times, LastRows(prompt, hidden), null, true).narrow(1, 0, 4)); // without the variance
    }

    private Subject Wan(ScalarType dtype, Device device)
    {
        var (rows, columns) = Grid(16, 24);
        var model = WanTransformer3DModel.FromConfig(
            new() { NumAttentionHeads = Heads, AttentionHeadDim = HeadWidth, NumLayers = 6, TextDim = TextWidth, FfnDim = 4 * Width }, device, dtype);
        var prompt = randn([2 * Batch, Text, TextWidth], dtype, device);
        return Of(model, randn([Batch, 16, 3, rows, columns], dtype, device), (hidden, times) =>
            model.forward(hidden, times, LastRows(prompt, hidden), null));
    }

    private Subject Flux(ScalarType dtype, Device device)
    {
        var (rows, columns) = Grid(12, 24);
        var model = FluxTransformer2DModel.FromConfig(new()
        {
            NumAttentionHeads = Heads,
            AttentionHeadDim = HeadWidth,
            NumLayers = 2,
            NumSingleLayers = 4,
            JointAttentionDim = TextWidth,
            PooledProjectionDim = TextWidth,
            GuidanceEmbeds = true,
            AxesDimsRope = (8, 28, 28),
        }, device, dtype);
        var prompt = randn([Batch, Text, TextWidth], dtype, device);
        var pooled = randn([Batch, TextWidth], dtype, device);
        var guidance = TensorArithmetic.Full([Batch], 3.5, ScalarType.Float32, device);
        var ids = FluxPositionIds.Prepare(Text, rows, columns, device);
        return Of(model, randn([Batch, rows * columns, 64], dtype, device), (hidden, times) =>
            model.forward(hidden, prompt, pooled, times.Over(1000), guidance, ids));
    }

    private Subject Of(IDiffusionTransformer model, Tensor latents, Func<Tensor, Tensor, Tensor> forward) =>
        new(model, new TransformerExample(latents, Tokens - Text, (hidden, timestep) =>
        {
            using var scope = NewDisposeScope();
            var times = TensorArithmetic.Full([hidden.shape[0]], timestep, ScalarType.Float32, hidden.device);
            return forward(hidden, times).MoveToOuterDisposeScope();
        }));

    /// <summary>Of both halves of guidance, or of the conditional one, where no more is asked for.</summary>
    private static Tensor LastRows(Tensor prompt, Tensor hidden) => prompt.narrow(0, prompt.size(0) - hidden.size(0), hidden.size(0));

    /// <summary>Rows and columns of latents, as near to the proportions of the smallest as its multiples can be.</summary>
    private (int Rows, int Columns) Grid(int rows, int columns)
    {
        var times = Tokens / Unit;
        var down = Enumerable.Range(1, times).Last(i => i * i <= times && times % i == 0);
        return (down * rows, times / down * columns);
    }
}

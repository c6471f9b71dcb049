using Afterimage;
using Afterimage.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

using var model = new Denoiser();
model.EnableCache(new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2 });
double[] timesteps = [900, 700, 600, 500, 400, 300];
using var run = model.BeginRun(timesteps);
foreach (var timestep in timesteps)
    model.forward(ones(2, 3, 8)).Dispose();

var planned = run.Plan!.Rows.Count(row => row.Cells[0].IsComputed);
Console.WriteLine($"{model.blocks[0].attention.Calls} of {timesteps.Length} computed, {planned} planned, norm ran {model.blocks[0].norm.Calls} times");
Console.WriteLine(typeof(CogVideoXTransformer3DModel).IsAssignableTo(typeof(ICacheableModel)));

internal sealed class Counted(Module<Tensor, Tensor> inner) : Module<Tensor, Tensor>("counted")
{
    public int Calls { get; private set; }

    // What is inside is not known here; counting is nothing that a call left out would be missed for.
    [NoSideEffects]
    public override Tensor forward(Tensor input)
    {
        Calls++;
        return inner.call(input);
    }
}

[SpatialAttention(nameof(attention))]
internal sealed partial class Block : Module<Tensor, Tensor>
{
    public readonly Counted norm = new(LayerNorm(8));
    public readonly Counted attention = new(Linear(8, 8));

    public Block()
        : base("block") => RegisterComponents();

    public override partial Tensor forward(Tensor hidden);

    [CachedForward]
    private Tensor Compute(Tensor hidden)
    {
        var normed = norm.call(hidden);
        var attended = attention.forward(normed);
        return hidden + attended;
    }
}

[CacheableModel(GuidanceLayout.None)]
internal sealed partial class Denoiser : Module<Tensor, Tensor>
{
    public readonly ModuleList<Block> blocks = [new Block(), new Block()];

    public Denoiser()
        : base("denoiser")
    {
        RegisterComponents();
        eval();
    }

    public override partial Tensor forward(Tensor hidden);

    [CachedForward]
    private Tensor Compute(Tensor hidden)
    {
        foreach (var block in blocks)
            hidden = block.call(hidden);
        return hidden;
    }
}

using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Counts how often keys and values of the prompt are computed, until it is disposed of.</summary>
internal sealed class ProjectionCounter : IDisposable
{
    private readonly List<Action> _remove = [];

    public ProjectionCounter(nn.Module model)
    {
        foreach (var (name, module) in model.named_modules())
        {
            if (!name.EndsWith("attn2.to_k", StringComparison.Ordinal) && !name.EndsWith("attn2.to_v", StringComparison.Ordinal))
                continue;
            var hook = ((nn.Module<Tensor, Tensor>)module).register_forward_hook((_, _, output) =>
            {
                Calls++;
                return output;
            });
            _remove.Add(hook.remove);
            Count++;
        }
    }

    public int Count { get; private set; }

    public int Calls { get; private set; }

    public void Dispose()
    {
        foreach (var remove in _remove)
            remove();
    }
}

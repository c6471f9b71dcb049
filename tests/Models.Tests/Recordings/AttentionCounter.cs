using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Counts which attention of a model runs.</summary>
internal sealed class AttentionCounter
{
    private readonly Dictionary<string, long> _rows = [];
    private readonly List<string> _all = [];

    public AttentionCounter(nn.Module model)
    {
        foreach (var (name, module) in model.named_modules())
        {
            if (module is ScaledDotProductAttention attention)
            {
                _all.Add(name[..name.LastIndexOf('.')]);
                attention.register_forward_hook((_, query, _, _, _, result) =>
                {
                    _rows[name[..name.LastIndexOf('.')]] = query.size(0);
                    return result;
                });
            }
        }
    }

    /// <summary>The rows of the batch that each attention, by its full name, attended to since the last <see cref="Clear"/>.</summary>
    public IReadOnlyDictionary<string, long> Rows => _rows;

    /// <summary>The full names of all attentions.</summary>
    public IReadOnlyCollection<string> All => _all;

    public void Clear() => _rows.Clear();
}

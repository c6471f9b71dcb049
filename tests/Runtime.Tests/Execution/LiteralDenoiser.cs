using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>
/// The forward of a <see cref="TinyDenoiser"/> written out, with nothing of the generator or the runtime: every site is asked in
/// the middle of it how its value comes about.
/// </summary>
/// <param name="model">Whose weights it runs with.</param>
/// <param name="weightOf">
/// By kind and forward: null to compute; else w, for H0 + w·(H0 − H1) with the last two values, which is H0 where w is 0.
/// </param>
internal sealed class LiteralDenoiser(TinyDenoiser model, Func<SiteKind, int, double?> weightOf)
{
    private readonly Dictionary<(int Block, SiteKind Kind), (Tensor[] Newest, Tensor[] Before)> _history = [];
    private int _forwards;

    public Tensor Forward(Tensor latents, Tensor text, Tensor timestep)
    {
        var last = latents.permute(0, 1, 3, 4, 2);
        var hidden = last.reshape(last.size(0), -1, last.size(4)).Plus(timestep.view(-1, 1, 1).Over(1000));
        for (var i = 0; i < model.transformer_blocks.Count; i++)
        {
            var (block, input) = (model.transformer_blocks[i], hidden);
            var joint = Site(i, SiteKind.SpatialAttention, () =>
            {
                var (attended, attendedText) = block.attn1.forward(block.norm1.call(input), text);
                return [attended, attendedText];
            });
            (hidden, text) = (hidden.Plus(joint[0].Times(0.5)), text.Plus(joint[1].Times(0.5)));
            var query = hidden;
            hidden = hidden.Plus(Site(i, SiteKind.CrossAttention, () => [block.attn2.forward(block.norm2.call(query))])[0].Times(0.25));
            var fed = hidden;
            hidden = hidden.Plus(Site(i, SiteKind.FeedForward, () => [block.ff.forward(block.norm3.call(fed))])[0].Times(0.125));
        }
        _forwards++;
        return hidden.view(last.shape).permute(0, 1, 4, 2, 3);
    }

    private Tensor[] Site(int block, SiteKind kind, Func<Tensor[]> compute)
    {
        var known = _history.TryGetValue((block, kind), out var history);
        var weight = known ? weightOf(kind, _forwards) : null;
        var value = weight switch
        {
            null => compute(),
            0 => history.Newest,
            { } w => [.. history.Newest.Zip(history.Before, (newest, before) => newest.Plus((newest - before).Times(w)))],
        };
        _history[(block, kind)] = (value, known ? history.Newest : value);
        return value;
    }
}

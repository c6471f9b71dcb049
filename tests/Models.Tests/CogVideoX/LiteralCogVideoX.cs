using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>
/// The transformer written out in float64, patch by patch and without any of the layers under test, from the same weights.
/// </summary>
internal sealed class LiteralCogVideoX(CogVideoXTransformer3DModelConfig config, Dictionary<string, Tensor> state)
{
    private readonly Dictionary<string, Tensor> _weights =
        state.ToDictionary(item => item.Key, item => item.Value.detach().to(ScalarType.Float64));

    private int Heads => config.NumAttentionHeads;

    private int HeadDim => config.AttentionHeadDim;

    private int Depth => config.PatchSizeT ?? 1;

    public Tensor Forward(Tensor latents, Tensor prompt, Tensor timestep, Tensor? ofs, RotaryEmbedding? rotary)
    {
        latents = latents.to(ScalarType.Float64);
        var temb = Embed("time_embedding", timestep, Heads * HeadDim);
        if (ofs is not null)
            temb = temb.Plus(Embed("ofs_embedding", ofs, config.OfsEmbedDim!.Value));

        var encoder = Linear("patch_embed.text_proj", prompt.to(ScalarType.Float64));
        var hidden = Patches(latents);
        if (_weights.TryGetValue("patch_embed.pos_embedding", out var table))
        {
            encoder = encoder.Plus(table.narrow(1, 0, encoder.size(1)));
            hidden = hidden.Plus(table.narrow(1, encoder.size(1), hidden.size(1)));
        }

        for (var i = 0; i < config.NumLayers; i++)
            (hidden, encoder) = Block($"transformer_blocks.{i}", hidden, encoder, temb, rotary);

        var shiftScale = Linear("norm_out.linear", Silu(temb)).unsqueeze(1).chunk(2, dim: -1);
        hidden = (Norm("norm_out.norm", Norm("norm_final", hidden, config.NormEps), config.NormEps) * shiftScale[1].Plus(1)).Plus(shiftScale[0]);
        return Unpatch(Linear("proj_out", hidden), latents);
    }

    private (Tensor, Tensor) Block(string name, Tensor hidden, Tensor encoder, Tensor temb, RotaryEmbedding? rotary)
    {
        var text = encoder.size(1);
        foreach (var (norm, branch) in (ReadOnlySpan<(string, Func<Tensor, Tensor>)>)
        [
            ("norm1", joint => Attention(name + ".attn1", joint, text, rotary)),
            ("norm2", joint => Linear(name + ".ff.net.2", Gelu(Linear(name + ".ff.net.0.proj", joint)))),
        ])
        {
            // shift, scale, gate for the video, then the same for the prompt
            var six = Linear($"{name}.{norm}.linear", Silu(temb)).unsqueeze(1).chunk(6, dim: -1);
            var normHidden = (Norm($"{name}.{norm}.norm", hidden, config.NormEps) * six[1].Plus(1)).Plus(six[0]);
            var normEncoder = (Norm($"{name}.{norm}.norm", encoder, config.NormEps) * six[4].Plus(1)).Plus(six[3]);
            var output = branch(cat([normEncoder, normHidden], dim: 1));
            hidden = hidden.Plus(six[2] * output.slice(1, text, output.size(1), 1));
            encoder = encoder.Plus(six[5] * output.slice(1, 0, text, 1));
        }

        return (hidden, encoder);
    }

    private Tensor Attention(string name, Tensor joint, long text, RotaryEmbedding? rotary)
    {
        Tensor Split(string projection) => Linear($"{name}.{projection}", joint)
            .view(joint.size(0), joint.size(1), Heads, HeadDim).transpose(1, 2);
        Tensor Turn(Tensor x)
        {
            if (rotary is null)
                return x;
            var video = x.slice(2, text, x.size(2), 1);
            var pairs = video.reshape(video.size(0), Heads, -1, HeadDim / 2, 2).unbind(-1);
            var turned = stack([-pairs[1], pairs[0]], dim: -1).flatten(3);
            return cat([x.slice(2, 0, text, 1), (video * rotary.Cos).Plus(turned * rotary.Sin)], dim: 2);
        }

        var query = Turn(Norm(name + ".norm_q", Split("to_q"), 1e-6));
        var key = Turn(Norm(name + ".norm_k", Split("to_k"), 1e-6));
        var attended = query.matmul(key.transpose(2, 3)).Over(Math.Sqrt(HeadDim)).softmax(-1).matmul(Split("to_v"));
        return Linear(name + ".to_out.0", attended.transpose(1, 2).reshape(joint.size(0), joint.size(1), Heads * HeadDim));
    }

    private Tensor Patches(Tensor latents)
    {
        var weight = _weights["patch_embed.proj.weight"].flatten(1); // [D, C·f·p·p] or [D, C·p·p]
        var tokens = new List<Tensor>();
        ForEachPatch(latents, index => tokens.Add(latents[index].permute(0, 2, 1, 3, 4).flatten(1))); // [B, C, f, p, p]
        var projected = stack(tokens, dim: 1).matmul(weight.t());
        return _weights.TryGetValue("patch_embed.proj.bias", out var bias) ? projected.Plus(bias) : projected;
    }

    private Tensor Unpatch(Tensor tokens, Tensor latents)
    {
        var p = config.PatchSize;
        var output = zeros([latents.size(0), latents.size(1), config.OutChannels!.Value, latents.size(3), latents.size(4)], dtype: ScalarType.Float64);
        var token = 0;
        ForEachPatch(latents, index =>
        {
            var patch = tokens.select(1, token++).view(-1, config.OutChannels.Value, Depth, p, p).permute(0, 2, 1, 3, 4);
            output[index].copy_(patch);
        });
        return output;
    }

    private void ForEachPatch(Tensor latents, Action<TensorIndex[]> visit)
    {
        var p = config.PatchSize;
        for (var f = 0; f < latents.size(1); f += Depth)
            for (var r = 0; r < latents.size(3); r += p)
                for (var c = 0; c < latents.size(4); c += p)
                {
                    visit(
                    [
                        TensorIndex.Colon, TensorIndex.Slice(f, f + Depth), TensorIndex.Colon, TensorIndex.Slice(r, r + p), TensorIndex.Slice(c, c + p),
                    ]);
                }
    }

    private Tensor Embed(string name, Tensor values, int width)
    {
        var rows = new List<Tensor>();
        foreach (var value in values.to(ScalarType.Float64).data<double>().ToArray())
        {
            var angles = Enumerable.Range(0, width / 2).Select(i => value * Math.Exp(-Math.Log(10000) * i / (width / 2))).ToArray();
            rows.Add(tensor(angles.Select(Math.Cos).Concat(angles.Select(Math.Sin)).ToArray()));
        }

        return Linear(name + ".linear_2", Silu(Linear(name + ".linear_1", stack(rows))));
    }

    private Tensor Linear(string name, Tensor input)
    {
        var output = input.matmul(_weights[name + ".weight"].t());
        return _weights.TryGetValue(name + ".bias", out var bias) ? output.Plus(bias) : output;
    }

    private Tensor Norm(string name, Tensor input, double eps)
    {
        var centred = input - input.mean([-1], keepdim: true);
        var normalized = centred / centred.Squared().mean([-1], keepdim: true).Plus(eps).sqrt();
        return _weights.TryGetValue(name + ".weight", out var weight) ? (normalized * weight).Plus(_weights[name + ".bias"]) : normalized;
    }

    private static Tensor Silu(Tensor x) => x / (-x).exp().Plus(1);

    private static Tensor Gelu(Tensor x) => x.Times(0.5) * x.Plus((x * x * x).Times(0.044715)).Times(Math.Sqrt(2 / Math.PI)).tanh().Plus(1);
}

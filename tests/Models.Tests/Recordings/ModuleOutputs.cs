using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models.Tests;

/// <summary>Keeps what modules give in a forward, under the names that recordings use.</summary>
internal sealed class ModuleOutputs
{
    private readonly Dictionary<string, Tensor> _seen = [];

    public IReadOnlyDictionary<string, Tensor> Seen => _seen;

    /// <param name="model">The model.</param>
    /// <param name="text">The number of prompt tokens.</param>
    public static ModuleOutputs Of(Module model, long text)
    {
        var outputs = new ModuleOutputs();
        foreach (var (name, module) in model.named_modules())
            outputs.Watch(name, module, text);
        return outputs;
    }

    private void Watch(string name, Module module, long text)
    {
        switch (module)
        {
            // A block calls its sites without their hooks; the last layer of an attention gives what the attention gives.
            case Module<Tensor, Tensor> last when name.EndsWith(".to_out.0", StringComparison.Ordinal):
                var attention = name[..^".to_out.0".Length];
                last.register_forward_hook((_, _, result) => See(result, attention, attention + ".0"));
                break;
            case Module<Tensor, Tensor> last when name.EndsWith(".to_add_out", StringComparison.Ordinal):
                last.register_forward_hook((_, _, result) => See(result, name[..^".to_add_out".Length] + ".1"));
                break;
            case PatchProjection patches:
                // Convolutions give channels first.
                patches.register_forward_hook((_, _, result) =>
                {
                    See(result.transpose(1, 2), name);
                    return result;
                });
                break;
            case Module<Tensor, Tensor> simple:
                simple.register_forward_hook((_, _, result) => See(result, name));
                break;
            case Module<Tensor, Tensor, Tensor> simple:
                simple.register_forward_hook((_, _, _, result) => See(result, name));
                break;
            case CombinedTimestepGuidanceTextProjEmbeddings embedding:
                embedding.register_forward_hook((_, _, _, _, result) => See(result, name, name + ".0"));
                break;
            case HunyuanVideoTokenRefiner refiner:
                refiner.register_forward_hook((_, _, _, _, result) => See(result, name));
                break;
            case HunyuanVideoTransformerBlock block:
                block.register_forward_hook((_, _, _, _, _, _, result) =>
                {
                    See(result.Item1, name + ".0");
                    See(result.Item2, name + ".1");
                    return result;
                });
                break;
            case HunyuanVideoSingleTransformerBlock block:
                block.register_forward_hook((_, _, _, _, _, result) =>
                {
                    // The library's has the video first.
                    See(result.narrow(1, text, result.size(1) - text), name + ".0");
                    See(result.narrow(1, 0, text), name + ".1");
                    return result;
                });
                break;
            case AllegroTransformerBlock block:
                block.register_forward_hook((_, _, _, _, _, _, _, result) => See(result, name));
                break;
            case WanTransformerBlock block:
                block.register_forward_hook((_, _, _, _, _, result) => See(result, name));
                break;
            case LatteSpatialBlock block:
                block.register_forward_hook((_, _, _, _, _, result) => See(result, name));
                break;
            case LTXVideoTransformerBlock block:
                block.register_forward_hook((_, _, _, _, _, _, result) => See(result, name));
                break;
            case MochiTransformerBlock block:
                block.register_forward_hook((_, _, _, _, _, _, result) =>
                {
                    See(result.Item1, name + ".0");
                    See(result.Item2, name + ".1");
                    return result;
                });
                break;
            case MochiCombinedTimestepCaptionEmbedding embedding:
                // The model asks it for one after the other; the first is a sum.
                var pieces = embedding.named_children().ToDictionary(part => part.name, part => part.module);
                Tensor? time = null;
                ((TimestepEmbedding)pieces["timestep_embedder"]).register_forward_hook((_, _, _, result) => time = result);
                ((MochiAttentionPool)pieces["pooler"]).register_forward_hook((_, _, _, result) =>
                {
                    See(time!.Plus(result), name + ".0");
                    return result;
                });
                ((Module<Tensor, Tensor>)pieces["caption_proj"]).register_forward_hook((_, _, result) => See(result, name + ".1"));
                break;
            case LTXVideoRotaryPosEmbed rotary:
                // diffusers makes the same for every sample.
                rotary.register_forward_hook((_, latents, _, _, result) =>
                {
                    See(result.Cos.expand(latents.size(0), -1, -1), name + ".0");
                    See(result.Sin.expand(latents.size(0), -1, -1), name + ".1");
                    return result;
                });
                break;
            case MochiRoPE rotary:
                // diffusers has every angle once.
                rotary.register_forward_hook((_, _, _, result) =>
                {
                    See(result.Cos.slice(1, 0, result.Cos.size(1), 2), name + ".0");
                    See(result.Sin.slice(1, 0, result.Sin.size(1), 2), name + ".1");
                    return result;
                });
                break;
            case FluxTransformerBlock block:
                block.register_forward_hook((_, _, _, _, _, result) =>
                {
                    See(result.Item2, name + ".0");
                    See(result.Item1, name + ".1");
                    return result;
                });
                break;
            case FluxSingleTransformerBlock block:
                block.register_forward_hook((_, _, _, _, result) =>
                {
                    See(result.narrow(1, 0, text), name + ".0");
                    See(result.narrow(1, text, result.size(1) - text), name + ".1");
                    return result;
                });
                break;
            case AdaLayerNormSingle norm:
                norm.register_forward_hook((_, _, result) =>
                {
                    See(result.Modulation, name + ".0");
                    See(result.Embedded, name + ".1");
                    return result;
                });
                break;
            case WanTimeTextEmbedding embedding:
                // The model asks it for one after the other; the last layer of each gives it.
                var parts = embedding.named_children().ToDictionary(part => part.name, part => part.module);
                ((TimestepEmbedding)parts["time_embedder"]).register_forward_hook((_, _, _, result) => See(result, name + ".0"));
                ((Module<Tensor, Tensor>)parts["time_proj"]).register_forward_hook((_, _, result) =>
                {
                    See(result.view(result.size(0), 6, -1), name + ".1");
                    return result;
                });
                ((Module<Tensor, Tensor>)parts["text_embedder"]).register_forward_hook((_, _, result) => See(result, name + ".2"));
                break;
            case Module<Tensor, RotaryEmbedding> rotary:
                rotary.register_forward_hook((_, _, result) => See(result, name));
                break;
            case Module<FluxPositionIds, RotaryEmbedding> rotary:
                rotary.register_forward_hook((_, _, result) => See(result, name));
                break;
        }
    }

    private RotaryEmbedding See(RotaryEmbedding rotary, string name)
    {
        See(rotary.Cos, name + ".0");
        See(rotary.Sin, name + ".1");
        return rotary;
    }

    private Tensor See(Tensor result, params string[] names)
    {
        foreach (var name in names)
            _seen[name] = result.clone().DetachFromDisposeScope();
        return result;
    }
}

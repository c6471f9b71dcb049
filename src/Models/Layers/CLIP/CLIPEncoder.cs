using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>The layers of an encoder. Source: transformers <c>models/clip/modeling_clip.py</c> (CLIPEncoder).</summary>
internal sealed class CLIPEncoder : Module
{
    public readonly ModuleList<CLIPEncoderLayer> layers = [];

    public CLIPEncoder(CLIPEncoderConfig config, Device? device, ScalarType? dtype)
        : base(nameof(CLIPEncoder))
    {
        for (var i = 0; i < config.NumHiddenLayers; i++)
            layers.Add(new CLIPEncoderLayer(config, device, dtype));
        RegisterComponents();
    }
}

using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary>How each model takes the keyword arguments of diffusers' <c>forward</c>.</summary>
internal sealed partial class RecordedModel
{
    private static RecordedModel CogVideoX(CogVideoXTransformer3DModel model, ScalarType dtype) => new(model, model, dtype, arguments =>
    {
        arguments.Ignore("attention_kwargs", "return_dict");
        var rotary = arguments.OptionalExact("image_rotary_emb.0") is { } cos
            ? new RotaryEmbedding(cos, arguments.Exact("image_rotary_emb.1"))
            : null;
        return model.forward(
            arguments.Required("hidden_states"),
            arguments.Required("encoder_hidden_states"),
            arguments.Exact("timestep"),
            arguments.Optional("timestep_cond"),
            arguments.OptionalExact("ofs"),
            rotary);
    });

    private static RecordedModel Flux(FluxTransformer2DModel model, ScalarType dtype) => new(model, model, dtype, arguments =>
    {
        arguments.Ignore("joint_attention_kwargs", "return_dict");
        var ids = new FluxPositionIds(arguments.Exact("txt_ids"), arguments.Exact("img_ids"));
        return model.forward(
            arguments.Required("hidden_states"),
            arguments.Required("encoder_hidden_states"),
            arguments.Required("pooled_projections"),
            arguments.Exact("timestep"),
            arguments.OptionalExact("guidance"),
            ids);
    });

    private static RecordedModel Latte(LatteTransformer3DModel model, ScalarType dtype) => new(model, model, dtype, arguments =>
    {
        arguments.Ignore("return_dict");
        return model.forward(
            arguments.Required("hidden_states"),
            arguments.Exact("timestep"),
            arguments.Required("encoder_hidden_states"),
            arguments.Optional("encoder_attention_mask"),
            arguments.Flag("enable_temporal_attentions", otherwise: true));
    });

    private static RecordedModel Wan(WanTransformer3DModel model, ScalarType dtype) => new(model, model, dtype, arguments =>
    {
        arguments.Ignore("attention_kwargs", "return_dict");
        return model.forward(
            arguments.Required("hidden_states"), arguments.Exact("timestep"), arguments.Required("encoder_hidden_states"));
    });
}

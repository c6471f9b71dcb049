using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary>How each model takes the keyword arguments of diffusers' <c>forward</c>.</summary>
internal sealed partial class RecordedModel
{
    private static RecordedModel CogVideoX(CogVideoXTransformer3DModel model, ScalarType dtype) => new(model, model, dtype, arguments =>
    {
        arguments.Ignore("attention_kwargs", "return_dict");
        var rotary = arguments.Optional("image_rotary_emb.0") is { } cos
            ? new RotaryEmbedding(cos.to(ScalarType.Float32), arguments.Required("image_rotary_emb.1").to(ScalarType.Float32))
            : null;
        return model.forward(
            arguments.Required("hidden_states"),
            arguments.Required("encoder_hidden_states"),
            arguments.Required("timestep"),
            arguments.Optional("timestep_cond"),
            arguments.Optional("ofs"),
            rotary);
    });

    private static RecordedModel Flux(FluxTransformer2DModel model, ScalarType dtype) => new(model, model, dtype, arguments =>
    {
        arguments.Ignore("joint_attention_kwargs", "return_dict");
        // Positions are float32 in every type: half types do not hold them all.
        var ids = new FluxPositionIds(
            arguments.Required("txt_ids").to(ScalarType.Float32), arguments.Required("img_ids").to(ScalarType.Float32));
        return model.forward(
            arguments.Required("hidden_states"),
            arguments.Required("encoder_hidden_states"),
            arguments.Required("pooled_projections"),
            arguments.Required("timestep"),
            arguments.Optional("guidance"),
            ids);
    });

    private static RecordedModel Latte(LatteTransformer3DModel model, ScalarType dtype) => new(model, model, dtype, arguments =>
    {
        arguments.Ignore("return_dict");
        return model.forward(
            arguments.Required("hidden_states"),
            arguments.Required("timestep"),
            arguments.Required("encoder_hidden_states"),
            arguments.Optional("encoder_attention_mask"),
            arguments.Flag("enable_temporal_attentions", otherwise: true));
    });

    private static RecordedModel Wan(WanTransformer3DModel model, ScalarType dtype) => new(model, model, dtype, arguments =>
    {
        arguments.Ignore("attention_kwargs", "return_dict");
        return model.forward(
            arguments.Required("hidden_states"), arguments.Required("timestep"), arguments.Required("encoder_hidden_states"));
    });
}

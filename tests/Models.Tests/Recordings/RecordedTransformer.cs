using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>The model of a recording, called by the keyword names that the recording uses.</summary>
internal sealed record RecordedTransformer(
    nn.Module Module, ICacheableModel Cache, Func<Dictionary<string, Tensor>, Tensor> Forward) : IDisposable
{
    public static RecordedTransformer Load(string name)
    {
        var folder = Recording.PathOf(name, "model");
        return name switch
        {
            "latte-tiny" => Latte(LatteTransformer3DModel.FromPretrained(folder)),
            "wan-tiny" => Wan(WanTransformer3DModel.FromPretrained(folder)),
            "flux-tiny" => Flux(FluxTransformer2DModel.FromPretrained(folder)),
            _ => throw new ArgumentException(name, nameof(name)),
        };
    }

    public void Dispose() => Module.Dispose();

    private static RecordedTransformer Latte(LatteTransformer3DModel model) => new(
        model,
        model,
        inputs => model.call(inputs["hidden_states"], inputs["timestep"], inputs["encoder_hidden_states"], null, true));

    private static RecordedTransformer Wan(WanTransformer3DModel model) => new(
        model, model, inputs => model.call(inputs["hidden_states"], inputs["timestep"], inputs["encoder_hidden_states"]));

    private static RecordedTransformer Flux(FluxTransformer2DModel model) => new(
        model,
        model,
        inputs => model.call(
            inputs["hidden_states"],
            inputs["encoder_hidden_states"],
            inputs["pooled_projections"],
            inputs["timestep"],
            inputs.GetValueOrDefault("guidance"),
            new FluxPositionIds(inputs["txt_ids"], inputs["img_ids"])));
}

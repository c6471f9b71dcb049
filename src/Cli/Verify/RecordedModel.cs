using System.Text.Json;
using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary>
/// A model of a recording, called by the keyword names of diffusers' <c>forward</c>. Each model class needs one entry in
/// <see cref="Load"/>.
/// </summary>
internal sealed class RecordedModel(
    nn.Module module, ICacheableModel cache, ScalarType dtype, Func<KeywordArguments, Tensor> forward) : IDisposable
{
    /// <summary>The cache of the model.</summary>
    public ICacheableModel Cache => cache;

    /// <summary>Loads the model of a recorded case.</summary>
    /// <exception cref="NotSupportedException">There is no such model here.</exception>
    public static RecordedModel Load(string modelClass, string folder, ScalarType dtype) => modelClass switch
    {
        nameof(CogVideoXTransformer3DModel) => CogVideoX(CogVideoXTransformer3DModel.FromPretrained(folder, dtype), dtype),
        _ => throw new NotSupportedException($"the model class {modelClass} does not exist here yet"),
    };

    /// <summary>Runs the model in its dtype. The result is float32 and the caller's.</summary>
    public Tensor Call(IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, JsonElement> scalars)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var arguments = new KeywordArguments(
            tensors.ToDictionary(entry => entry.Key, entry => entry.Value.is_floating_point() ? entry.Value.to(dtype) : entry.Value), scalars);
        var output = forward(arguments);
        arguments.ThrowIfUnread();
        return output.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    public void Dispose() => module.Dispose();

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
}

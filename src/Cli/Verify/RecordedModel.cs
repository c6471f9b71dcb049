using System.Text.Json;
using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary>
/// A model of a recording, called by the keyword names of diffusers' <c>forward</c>. Each model class needs one entry in
/// <see cref="Load"/>, and its call beside the others.
/// </summary>
internal sealed partial class RecordedModel(
    nn.Module module, ICacheableModel cache, ScalarType dtype, Func<KeywordArguments, Tensor> forward) : IDisposable
{
    /// <summary>The cache of the model.</summary>
    public ICacheableModel Cache => cache;

    /// <summary>Loads the model of a recorded case.</summary>
    /// <exception cref="NotSupportedException">There is no such model here.</exception>
    public static RecordedModel Load(string modelClass, string folder, ScalarType dtype) => modelClass switch
    {
        nameof(CogVideoXTransformer3DModel) => CogVideoX(CogVideoXTransformer3DModel.FromPretrained(folder, dtype), dtype),
        nameof(FluxTransformer2DModel) => Flux(FluxTransformer2DModel.FromPretrained(folder, dtype), dtype),
        nameof(LatteTransformer3DModel) => Latte(LatteTransformer3DModel.FromPretrained(folder, dtype), dtype),
        nameof(WanTransformer3DModel) => Wan(WanTransformer3DModel.FromPretrained(folder, dtype), dtype),
        _ => throw new NotSupportedException($"the model class {modelClass} does not exist here yet"),
    };

    /// <summary>Runs the model in its dtype. The result is float32 and the caller's.</summary>
    public Tensor Call(IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, JsonElement> scalars)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var arguments = new KeywordArguments(tensors, scalars, dtype);
        var output = forward(arguments);
        arguments.ThrowIfUnread();
        return output.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    public void Dispose() => module.Dispose();
}

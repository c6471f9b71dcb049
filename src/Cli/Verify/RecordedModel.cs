using System.Text.Json;
using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary>A model of a recording, called by the keyword names of diffusers' <c>forward</c>.</summary>
internal sealed class RecordedModel(IDiffusionTransformer model, ScalarType dtype) : IDisposable
{
    /// <summary>The cache of the model.</summary>
    public ICacheableModel Cache => model;

    /// <summary>Loads the model of a recorded case.</summary>
    /// <exception cref="NotSupportedException">There is no such model here.</exception>
    public static RecordedModel Load(string modelClass, string folder, ScalarType dtype) =>
        new((IDiffusionTransformer)ModelClasses.Find<IDiffusionTransformer>(modelClass, folder).FromPretrained(folder, dtype), dtype);

    /// <summary>Runs the model in its dtype. The result is float32 and the caller's.</summary>
    public Tensor Call(IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, JsonElement> scalars)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var arguments = new KeywordArguments(tensors, scalars, dtype);
        var output = model.Forward(arguments);
        arguments.ThrowIfUnread();
        return output.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    public void Dispose() => ((nn.Module)model).Dispose();
}

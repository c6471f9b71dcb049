using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>The model of a recording, called by the keyword names that the recording uses.</summary>
internal sealed class RecordedTransformer(IDiffusionTransformer model) : IDisposable
{
    public nn.Module Module => (nn.Module)model;

    public ICacheableModel Cache => model;

    public static RecordedTransformer Load(string name)
    {
        var className = Recording.Json(name, "model", "config.json").GetProperty("_class_name").GetString();
        return new((IDiffusionTransformer)ModelClasses.Find<IDiffusionTransformer>(className, name).FromPretrained(Recording.PathOf(name, "model")));
    }

    /// <param name="inputs">The tensors.</param>
    /// <param name="scalars">The arguments that are not tensors.</param>
    public Tensor Forward(Dictionary<string, Tensor> inputs, Dictionary<string, JsonElement>? scalars = null)
    {
        var arguments = new KeywordArguments(inputs, scalars ?? [], ScalarType.Float32);
        var output = model.Forward(arguments);
        arguments.ThrowIfUnread();
        return output;
    }

    public void Dispose() => Module.Dispose();
}

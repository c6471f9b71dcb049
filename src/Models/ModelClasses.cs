using System.Collections.Frozen;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>The models that there are, by the names of their classes in diffusers and transformers. A new one is one line here.</summary>
internal static class ModelClasses
{
    private static readonly FrozenDictionary<string, ModelClass> s_all = new[]
    {
        ModelClass.Of<AllegroTransformer3DModel>(),
        ModelClass.Of<AutoencoderKL>(),
        ModelClass.Of<AutoencoderKLAllegro>(),
        ModelClass.Of<AutoencoderKLCogVideoX>(),
        ModelClass.Of<AutoencoderKLHunyuanVideo>(),
        ModelClass.Of<AutoencoderKLLTXVideo>(),
        ModelClass.Of<AutoencoderKLMochi>(),
        ModelClass.Of<AutoencoderKLWan>(),
        ModelClass.Of<CLIPTextModel>(),
        ModelClass.Of<CLIPVisionModel>(),
        ModelClass.Of<CLIPVisionModel>() with { Name = CLIPVisionConfig.ProjectedClassName },
        ModelClass.Of<CogVideoXTransformer3DModel>(),
        ModelClass.Of<FluxTransformer2DModel>(),
        ModelClass.Of<HunyuanVideoTransformer3DModel>(),
        ModelClass.Of<LTXVideoTransformer3DModel>(),
        ModelClass.Of<LatteTransformer3DModel>(),
        ModelClass.Of<MochiTransformer3DModel>(),
        ModelClass.Of<T5EncoderModel>(),
        ModelClass.Of<T5EncoderModel>() with { Name = T5EncoderModelConfig.Umt5ClassName },
        ModelClass.Of<WanTransformer3DModel>(),
    }.ToFrozenDictionary(model => model.Name, StringComparer.Ordinal);

    /// <summary>The names of those of a kind, in the order of the alphabet.</summary>
    public static IEnumerable<string> NamesOf<TKind>() =>
        s_all.Values.Where(model => model.Type.IsAssignableTo(typeof(TKind))).Select(model => model.Name).Order(StringComparer.Ordinal);

    /// <summary>The class of that name, if it is of a kind.</summary>
    public static ModelClass? TryFind<TKind>(string? className) =>
        className is not null && s_all.TryGetValue(className, out var found) && found.Type.IsAssignableTo(typeof(TKind)) ? found : null;

    /// <summary>The class of that name.</summary>
    /// <param name="className">As in diffusers and transformers.</param>
    /// <param name="source">Who names it, for errors.</param>
    /// <exception cref="NotSupportedException">There is none of that name and kind here.</exception>
    public static ModelClass Find<TKind>(string? className, string source) => TryFind<TKind>(className)
        ?? throw new NotSupportedException($"{source}: there is no {MalformedFile.Shown(className ?? "unnamed class")} here; there are {string.Join(", ", NamesOf<TKind>())}");
}

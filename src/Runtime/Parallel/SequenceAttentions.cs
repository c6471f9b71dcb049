using Afterimage.Execution;
using static TorchSharp.torch.nn;

namespace Afterimage;

/// <summary>Where in a model tokens meet.</summary>
internal static class SequenceAttentions
{
    /// <summary>The products of attention in its layers that are marked <see cref="SpatialAttentionAttribute"/>.</summary>
    /// <exception cref="NotSupportedException">There is a layer without one: it would attend to this rank's tokens alone.</exception>
    public static IReadOnlyList<ScaledDotProductAttention> Of(Module model)
    {
        var modules = model.named_modules().ToDictionary(named => named.name, named => named.module);
        return [.. SiteTable.Of(model).Sites.Where(site => site.Kind == SiteKind.SpatialAttention).SelectMany(site => ProductsOf(site.Name, modules[site.Name]))];
    }

    private static IReadOnlyList<ScaledDotProductAttention> ProductsOf(string name, Module layer) =>
        layer.modules().Prepend(layer).OfType<ScaledDotProductAttention>().ToArray() is { Length: > 0 } products
            ? products
            : throw new NotSupportedException(
                $"'{name}' is marked [SpatialAttention] and has no {nameof(ScaledDotProductAttention)}, in which ranks exchange tokens: let it be a registered field of the layer.");
}

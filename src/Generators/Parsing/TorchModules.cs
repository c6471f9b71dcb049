using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>What TorchSharp's own modules do with their arguments in evaluation mode.</summary>
internal static class TorchModules
{
    // What computes a new tensor, whatever its settings but inplace.
    private static readonly HashSet<string> s_fresh = new(StringComparer.Ordinal)
    {
        "Linear", "Bilinear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "LayerNorm",
        "RMSNorm", "GroupNorm", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d",
        "Embedding", "EmbeddingBag", "Softmax", "LogSoftmax", "GELU", "Tanh", "Sigmoid", "SiLU", "ReLU", "ReLU6", "LeakyReLU", "Mish", "ELU",
        "CELU", "SELU", "Hardswish", "Hardsigmoid", "Hardtanh", "Softsign", "Tanhshrink", "Threshold", "RReLU",
    };

    public static bool IsTorchModule(INamedTypeSymbol? type) =>
        type is { ContainingAssembly.Name: "TorchSharp", ContainingNamespace: { Name: "Modules", ContainingNamespace.Name: "TorchSharp" } };

    /// <summary>Of a module that nothing is known of but its type.</summary>
    public static MemoryEffects Of(INamedTypeSymbol type) =>
        HasInPlace(type) || !type.IsSealed ? MemoryEffects.Unknown : Plain(type);

    /// <summary>Of a module that a factory of torch makes.</summary>
    public static MemoryEffects Made(IInvocationOperation factory, INamedTypeSymbol type)
    {
        if (!HasInPlace(type))
        {
            return Of(type);
        }

        var setting = factory.Arguments.FirstOrDefault(argument => argument.Parameter?.Name == "inplace");
        return setting is null || PureCalls.IsConstant(setting.Value, false) ? Plain(type)
            : PureCalls.IsConstant(setting.Value, true) ? MemoryEffects.WritesFirst
            : MemoryEffects.Unknown;
    }

    private static MemoryEffects Plain(INamedTypeSymbol type) => s_fresh.Contains(type.Name) ? MemoryEffects.None : MemoryEffects.Reads;

    private static bool HasInPlace(INamedTypeSymbol type) => !type.GetMembers("inplace").IsEmpty;
}

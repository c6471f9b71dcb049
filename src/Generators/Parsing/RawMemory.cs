using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>What gives a tensor's memory away as plain numbers, so that they can be written.</summary>
internal static class RawMemory
{
    /// <summary>The tensor whose memory an operation gives away.</summary>
    public static IOperation? GivenBy(IOperation operation) => operation switch
    {
        IPropertyReferenceOperation { Property.Name: "bytes" or "Handle" or "handle", Instance: { } tensor } when KnownSymbols.IsTensor(tensor.Type) => tensor,
        IInvocationOperation { TargetMethod.Name: "data" or "storage" or "data_ptr" or "DataPtr" or "DecoupleFromNativeHandle", Instance: { } tensor }
            when KnownSymbols.IsTensor(tensor.Type) => tensor,
        _ => null,
    };

    /// <summary>Whether a value of this type can be written through.</summary>
    public static bool Is(ITypeSymbol? type) => type switch
    {
        IPointerTypeSymbol => true,
        { SpecialType: SpecialType.System_IntPtr or SpecialType.System_UIntPtr } => true,
        { Name: "Span" or "Memory" or "MemoryHandle", ContainingNamespace: { Name: "System" or "Buffers" } } => true,
        { Name: "TensorAccessor" or "Storage", ContainingAssembly.Name: "TorchSharp" } => true,
        _ => false,
    };

    /// <summary>Whether assigning a property writes elements of a tensor.</summary>
    public static bool IsWrittenThrough(IPropertyReferenceOperation property) => property switch
    {
        { Property.IsIndexer: true, Instance.Type: var type } => KnownSymbols.IsTensor(type) || Is(type),
        { Property.Name: "bytes", Instance.Type: var type } => KnownSymbols.IsTensor(type),
        _ => false,
    };
}

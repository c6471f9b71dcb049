using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Afterimage.Runtime.Tests.Numbers;

/// <summary>The names of members in documentation files, which lists of banned symbols use.</summary>
internal sealed class DocumentationIds(MetadataReader metadata) : ISignatureTypeProvider<string, object?>
{
    public string Of(MethodDefinitionHandle handle)
    {
        var method = metadata.GetMethodDefinition(handle);
        var name = metadata.GetString(method.Name);
        var signature = method.DecodeSignature(this, null);
        var arity = signature.GenericParameterCount > 0 ? $"``{signature.GenericParameterCount}" : "";
        var result = name is "op_Implicit" or "op_Explicit" ? $"~{signature.ReturnType}" : "";
        return $"M:{Name(method.GetDeclaringType())}.{name.Replace('.', '#')}{arity}{List(signature.ParameterTypes)}{result}";
    }

    public string Of(PropertyDefinitionHandle handle, TypeDefinitionHandle type)
    {
        var property = metadata.GetPropertyDefinition(handle);
        return $"P:{Name(type)}.{metadata.GetString(property.Name)}{List(property.DecodeSignature(this, null).ParameterTypes)}";
    }

    public string Name(TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        var (name, space) = (metadata.GetString(type.Name), metadata.GetString(type.Namespace));
        return type.GetDeclaringType() is { IsNil: false } outer ? $"{Name(outer)}.{name}" : space.Length == 0 ? name : $"{space}.{name}";
    }

    private static string List(ImmutableArray<string> types) => types.Length == 0 ? "" : $"({string.Join(",", types)})";

    string ISZArrayTypeProvider<string>.GetSZArrayType(string elementType) => $"{elementType}[]";
    string IConstructedTypeProvider<string>.GetArrayType(string elementType, ArrayShape shape) =>
        $"{elementType}[{string.Join(",", Enumerable.Repeat("0:", shape.Rank))}]";
    string IConstructedTypeProvider<string>.GetByReferenceType(string elementType) => $"{elementType}@";
    string IConstructedTypeProvider<string>.GetPointerType(string elementType) => $"{elementType}*";
    string ISignatureTypeProvider<string, object?>.GetFunctionPointerType(MethodSignature<string> signature) => "";
    string ISignatureTypeProvider<string, object?>.GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;
    string ISignatureTypeProvider<string, object?>.GetPinnedType(string elementType) => elementType;
    string ISignatureTypeProvider<string, object?>.GetGenericMethodParameter(object? genericContext, int index) => $"``{index}";
    string ISignatureTypeProvider<string, object?>.GetGenericTypeParameter(object? genericContext, int index) => $"`{index}";
    string ISimpleTypeProvider<string>.GetPrimitiveType(PrimitiveTypeCode typeCode) => $"System.{typeCode}";
    string ISimpleTypeProvider<string>.GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => Name(handle);

    string ISimpleTypeProvider<string>.GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        var type = reader.GetTypeReference(handle);
        var name = reader.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{((ISimpleTypeProvider<string>)this).GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, 0)}.{name}"
            : $"{reader.GetString(type.Namespace)}.{name}";
    }

    string ISignatureTypeProvider<string, object?>.GetTypeFromSpecification(
        MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    // Of Outer`1.Inner`1 with A and B: Outer{A}.Inner{B}.
    string IConstructedTypeProvider<string>.GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments)
    {
        var (parts, taken) = (genericType.Split('.'), 0);
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Split('`') is not [var name, var arity])
                continue;
            var count = int.Parse(arity, System.Globalization.CultureInfo.InvariantCulture);
            parts[i] = $"{name}{{{string.Join(",", typeArguments.Skip(taken).Take(count))}}}";
            taken += count;
        }
        return string.Join(".", parts);
    }
}

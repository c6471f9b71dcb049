using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using TorchSharp;

namespace Afterimage.Runtime.Tests.Numbers;

/// <summary>
/// The public members of TorchSharp that make a <see cref="Scalar"/> out of their caller's reach, read from its code: all that make one, but
/// for methods that return it.
/// </summary>
internal static class ScalarMakers
{
    /// <summary>Their names in documentation files, sorted.</summary>
    public static IReadOnlyList<string> Read()
    {
        using var file = new PEReader(File.OpenRead(typeof(Scalar).Assembly.Location));
        var metadata = file.GetMetadataReader();
        var ids = new DocumentationIds(metadata);
        var scalar = metadata.TypeDefinitions.Single(type => ids.Name(type) == typeof(Scalar).FullName);
        var constructor = metadata.GetTypeDefinition(scalar).GetMethods()
            .Single(method => metadata.StringComparer.Equals(metadata.GetMethodDefinition(method).Name, ".ctor"));
        var makers = new CallGraph(file).Reaching(constructor);
        return [.. metadata.TypeDefinitions
            .Where(type => IsVisible(metadata, type))
            .SelectMany(type => Members(metadata, ids, type, makers))
            .Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Members(
        MetadataReader metadata, DocumentationIds ids, TypeDefinitionHandle handle, HashSet<MethodDefinitionHandle> makers)
    {
        var type = metadata.GetTypeDefinition(handle);
        var properties = type.GetProperties().ToLookup(property => Accessors(metadata, property).Any(makers.Contains));
        var accessors = type.GetProperties().SelectMany(property => Accessors(metadata, property)).ToHashSet();
        return type.GetMethods()
            .Where(method => makers.Contains(method) && IsVisible(metadata.GetMethodDefinition(method).Attributes) && !accessors.Contains(method))
            .Where(method => !HandsOut(metadata.GetMethodDefinition(method), ids))
            .Select(ids.Of)
            .Concat(properties[true].Select(property => ids.Of(property, handle)));
    }

    // A conversion hands it out too, but to a caller who does not see it.
    private static bool HandsOut(MethodDefinition method, DocumentationIds ids) =>
        (method.Attributes & MethodAttributes.SpecialName) == 0
        && method.DecodeSignature(ids, null).ReturnType == typeof(Scalar).FullName;

    private static MethodDefinitionHandle[] Accessors(MetadataReader metadata, PropertyDefinitionHandle property)
    {
        var accessors = metadata.GetPropertyDefinition(property).GetAccessors();
        return [accessors.Getter, accessors.Setter];
    }

    private static bool IsVisible(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        return (type.Attributes & TypeAttributes.VisibilityMask) switch
        {
            TypeAttributes.Public => true,
            TypeAttributes.NestedPublic or TypeAttributes.NestedFamily or TypeAttributes.NestedFamORAssem => IsVisible(metadata, type.GetDeclaringType()),
            _ => false,
        };
    }

    private static bool IsVisible(MethodAttributes attributes) =>
        (attributes & MethodAttributes.MemberAccessMask) is MethodAttributes.Public or MethodAttributes.Family or MethodAttributes.FamORAssem;
}

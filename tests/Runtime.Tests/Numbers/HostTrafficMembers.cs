using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using TorchSharp;

namespace Afterimage.Runtime.Tests.Numbers;

/// <summary>
/// The public members of TorchSharp that copy tensors between devices, send numbers of the host to one, or wait for what is on one.
/// </summary>
internal static class HostTrafficMembers
{
    private const string Device = "TorchSharp.torch.Device";

    private static readonly string[] s_types = [typeof(torch).FullName!, "TorchSharp.torch.Tensor", typeof(TensorExtensionMethods).FullName!];

    // Those that look at numbers to know the shape of their result, and those that return one.
    private static readonly string[] s_names =
    [
        "cpu", "cuda", "mps", "type_as", "copy_", "tensor", "as_tensor", "from_array", "frombuffer", "ToTensor", "item", "nonzero", "argwhere", "masked_select",
        "unique", "unique_consecutive", "bincount", "allclose", "is_nonzero",
    ];

    /// <summary>Their names in documentation files, sorted.</summary>
    public static IReadOnlyList<string> Read()
    {
        using var file = new PEReader(File.OpenRead(typeof(torch).Assembly.Location));
        var metadata = file.GetMetadataReader();
        var ids = new DocumentationIds(metadata);
        return [.. metadata.TypeDefinitions
            .Where(type => s_types.Contains(ids.Name(type)))
            .SelectMany(type => metadata.GetTypeDefinition(type).GetMethods())
            .Where(method => (metadata.GetMethodDefinition(method).Attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public)
            .Where(method => IsOne(metadata.GetMethodDefinition(method)))
            .Select(ids.Of)
            .Order(StringComparer.Ordinal)];

        bool IsOne(MethodDefinition method)
        {
            var parameters = method.DecodeSignature(ids, null).ParameterTypes;
            return metadata.GetString(method.Name) switch
            {
                "to" => parameters.Any(type => type is Device or "TorchSharp.DeviceType" or "TorchSharp.torch.Tensor" or "System.String"),
                "where" => parameters.Length == 1,
                "repeat_interleave" => parameters.Count(type => type == "TorchSharp.torch.Tensor") > (method.Attributes.HasFlag(MethodAttributes.Static) ? 1 : 0),
                var name => s_names.Contains(name),
            };
        }
    }
}

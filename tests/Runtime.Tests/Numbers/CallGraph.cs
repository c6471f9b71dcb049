using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Afterimage.Runtime.Tests.Numbers;

/// <summary>
/// Which method of an assembly may run which of its others, read from its code: calls, functions that are pointed to, all methods of a
/// compiler-made type (iterators, lambdas) whose object is made, and what a type that is made overrides, since that is called through its base.
/// </summary>
internal sealed class CallGraph
{
    private static readonly Dictionary<short, OpCode> s_codes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    private readonly PEReader _file;
    private readonly MetadataReader _metadata;

    public CallGraph(PEReader file) => (_file, _metadata) = (file, file.GetMetadataReader());

    /// <summary>The methods that may run <paramref name="target"/> sooner or later, and itself.</summary>
    public HashSet<MethodDefinitionHandle> Reaching(MethodDefinitionHandle target)
    {
        var callers = _metadata.MethodDefinitions
            .SelectMany(caller => CalledBy(caller).Distinct().Select(called => (caller, called)))
            .ToLookup(call => call.called, call => call.caller);
        var reaching = new HashSet<MethodDefinitionHandle> { target };
        var open = new Stack<MethodDefinitionHandle>(reaching);
        while (open.TryPop(out var method))
            foreach (var caller in callers[method].Where(reaching.Add))
                open.Push(caller);
        return reaching;
    }

    private IEnumerable<MethodDefinitionHandle> CalledBy(MethodDefinitionHandle method)
    {
        var address = _metadata.GetMethodDefinition(method).RelativeVirtualAddress;
        if (address == 0)
            return [];
        return Tokens(_file.GetMethodBody(address).GetILBytes()!)
            .SelectMany(operand => Resolve(operand.Token) is not { } called ? []
                : operand.Code == OpCodes.Newobj ? RunOnceMade(called).Prepend(called)
                : [called]);
    }

    private static IEnumerable<(OpCode Code, EntityHandle Token)> Tokens(byte[] code)
    {
        for (var i = 0; i < code.Length;)
        {
            var opcode = s_codes[code[i] == 0xFE ? (short)(0xFE00 | code[i + 1]) : code[i]];
            i += opcode.Size;
            if (opcode.OperandType == OperandType.InlineMethod)
                yield return (opcode, MetadataTokens.EntityHandle(BitConverter.ToInt32(code, i)));
            i += opcode.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, i),
                _ => 4,
            };
        }
    }

    private MethodDefinitionHandle? Resolve(EntityHandle token) => token.Kind switch
    {
        HandleKind.MethodDefinition => (MethodDefinitionHandle)token,
        HandleKind.MethodSpecification => Resolve(_metadata.GetMethodSpecification((MethodSpecificationHandle)token).Method),
        HandleKind.MemberReference => Resolve(_metadata.GetMemberReference((MemberReferenceHandle)token)),
        _ => null,
    };

    // A method of a generic type is referred to through the type's instance.
    private MethodDefinitionHandle? Resolve(MemberReference reference)
    {
        if (GenericTypeOf(reference.Parent) is not { } type)
            return null;
        var signature = _metadata.GetBlobBytes(reference.Signature);
        return _metadata.GetTypeDefinition(type).GetMethods()
            .Where(method => _metadata.StringComparer.Equals(_metadata.GetMethodDefinition(method).Name, _metadata.GetString(reference.Name)))
            .Where(method => _metadata.GetBlobBytes(_metadata.GetMethodDefinition(method).Signature).AsSpan().SequenceEqual(signature))
            .Select(method => (MethodDefinitionHandle?)method)
            .SingleOrDefault();
    }

    private TypeDefinitionHandle? GenericTypeOf(EntityHandle parent)
    {
        if (parent.Kind != HandleKind.TypeSpecification)
            return parent.Kind == HandleKind.TypeDefinition ? (TypeDefinitionHandle)parent : null;
        var blob = _metadata.GetBlobReader(_metadata.GetTypeSpecification((TypeSpecificationHandle)parent).Signature);
        if (blob.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
            return null;
        _ = blob.ReadCompressedInteger(); // class or struct
        var type = blob.ReadTypeHandle();
        return type.Kind == HandleKind.TypeDefinition ? (TypeDefinitionHandle)type : null;
    }

    private IEnumerable<MethodDefinitionHandle> RunOnceMade(MethodDefinitionHandle constructor)
    {
        var type = _metadata.GetTypeDefinition(_metadata.GetMethodDefinition(constructor).GetDeclaringType());
        if (_metadata.GetString(type.Name).Contains('<', StringComparison.Ordinal))
            return type.GetMethods();
        return Lineage(type)
            .SelectMany(ancestor => ancestor.GetMethods())
            .Where(method => IsOverride(_metadata.GetMethodDefinition(method)));
    }

    private IEnumerable<TypeDefinition> Lineage(TypeDefinition type)
    {
        yield return type;
        while (type.BaseType is { IsNil: false } parent && GenericTypeOf(parent) is { } known)
            yield return type = _metadata.GetTypeDefinition(known);
    }

    // What overrides a method of Object prints or compares; the objects of every type would be under suspicion.
    private bool IsOverride(MethodDefinition method) =>
        (method.Attributes & (MethodAttributes.Virtual | MethodAttributes.NewSlot)) == MethodAttributes.Virtual
        && _metadata.GetString(method.Name) is not (nameof(ToString) or nameof(Equals) or nameof(GetHashCode) or "Finalize");
}

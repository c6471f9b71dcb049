using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Afterimage.Parallel.Nccl;

namespace Afterimage.Parallel.Tests;

/// <summary>Our declarations beside those of <c>nccl.h</c> (NCCL 2.18 to 2.30, where all of these are the same).</summary>
[TestClass]
public class NcclLibraryTests
{
    private static readonly Dictionary<string, (string Result, string[] Arguments)> s_header = new()
    {
        ["ncclGetUniqueId"] = ("ncclResult_t", ["ncclUniqueId*"]),
        ["ncclCommInitRank"] = ("ncclResult_t", ["ncclComm_t*", "int", "ncclUniqueId", "int"]),
        ["ncclCommSplit"] = ("ncclResult_t", ["ncclComm_t", "int", "int", "ncclComm_t*", "ncclConfig_t*"]),
        ["ncclCommCount"] = ("ncclResult_t", ["ncclComm_t", "int*"]),
        ["ncclCommUserRank"] = ("ncclResult_t", ["ncclComm_t", "int*"]),
        ["ncclCommDestroy"] = ("ncclResult_t", ["ncclComm_t"]),
        ["ncclCommAbort"] = ("ncclResult_t", ["ncclComm_t"]),
        ["ncclAllGather"] = ("ncclResult_t", ["void*", "void*", "size_t", "ncclDataType_t", "ncclComm_t", "cudaStream_t"]),
        ["ncclAllReduce"] = ("ncclResult_t", ["void*", "void*", "size_t", "ncclDataType_t", "ncclRedOp_t", "ncclComm_t", "cudaStream_t"]),
        ["ncclSend"] = ("ncclResult_t", ["void*", "size_t", "ncclDataType_t", "int", "ncclComm_t", "cudaStream_t"]),
        ["ncclRecv"] = ("ncclResult_t", ["void*", "size_t", "ncclDataType_t", "int", "ncclComm_t", "cudaStream_t"]),
        ["ncclGroupStart"] = ("ncclResult_t", []),
        ["ncclGroupEnd"] = ("ncclResult_t", []),
        ["ncclGetErrorString"] = ("char*", ["ncclResult_t"]),
    };

    private static readonly Dictionary<string, Type> s_types = new()
    {
        ["int"] = typeof(int),
        ["int*"] = typeof(int*),
        ["size_t"] = typeof(nuint),
        ["void*"] = typeof(nint),
        ["char*"] = typeof(nint),
        ["cudaStream_t"] = typeof(nint),
        ["ncclComm_t"] = typeof(nint),
        ["ncclComm_t*"] = typeof(nint*),
        ["ncclConfig_t*"] = typeof(nint),
        ["ncclDataType_t"] = typeof(NcclDataType),
        ["ncclRedOp_t"] = typeof(NcclReduction),
        ["ncclResult_t"] = typeof(int),
        ["ncclUniqueId"] = typeof(NcclUniqueId),
        ["ncclUniqueId*"] = typeof(NcclUniqueId*),
    };

    [TestMethod]
    public void Declarations_OfFunctions_AreThoseOfTheHeader()
    {
        var declared = typeof(NcclLibrary).GetMethods(BindingFlags.Static | BindingFlags.Public)
            .Where(method => method.GetCustomAttribute<DllImportAttribute>() is not null)
            .ToDictionary(method => method.GetCustomAttribute<DllImportAttribute>()!.EntryPoint!);
        Assert.AreSequenceEqual(s_header.Keys.Order(), declared.Keys.Order());
        foreach (var (name, (result, arguments)) in s_header)
        {
            Assert.AreEqual(s_types[result], declared[name].ReturnType, name);
            Assert.AreSequenceEqual(arguments.Select(argument => s_types[argument]), declared[name].GetParameters().Select(parameter => parameter.ParameterType));
        }
    }

    [TestMethod]
    public void Types_OfTheHeader_HaveTheirSizes()
    {
        Assert.AreEqual(128, Unsafe.SizeOf<NcclUniqueId>());
        Assert.AreEqual(sizeof(int), Unsafe.SizeOf<NcclDataType>());
        Assert.AreEqual(sizeof(int), Unsafe.SizeOf<NcclReduction>());
    }

    [TestMethod]
    public void Numbers_OfTheHeader_AreTheSame()
    {
        (string Name, int Number)[] header =
            [("Int8", 0), ("Uint8", 1), ("Int32", 2), ("Uint32", 3), ("Int64", 4), ("Uint64", 5), ("Float16", 6), ("Float32", 7), ("Float64", 8), ("Bfloat16", 9)];
        foreach (var type in Enum.GetValues<NcclDataType>())
            Assert.Contains(($"{type}", (int)type), header);
        Assert.AreEqual(0, (int)NcclReduction.Sum);
    }

    [TestMethod]
    public void Load_WithoutALibrary_SaysWhatBringsIt()
    {
        var exception = Assert.ThrowsExactly<NotSupportedException>(() => NcclLibrary.Load("libno-such-nccl.so.2"));
        Assert.Contains("NCCL is missing: expected NCCL 2.18 or later on Linux, libno-such-nccl.so.2 with ncclCommSplit.", exception.Message);
    }
}

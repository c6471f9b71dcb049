using System.Runtime.CompilerServices;
using Afterimage.Kernels;
using Afterimage.Kernels.Cuda;
using Afterimage.Kernels.Launch;
using ILGPU.Runtime.Cuda;

namespace Afterimage.Runtime.Tests.Kernels;

/// <summary>Compiles every kernel and compares it with what the library ships. AFTERIMAGE_UPDATE_GOLDENS=1 writes that anew.</summary>
[TestClass]
public sealed class PtxTests
{
    private static readonly string s_folder = Path.Combine(ThisFolder(), "../../../src/Runtime/Kernels/Ptx");

    [TestMethod]
    public void Compile_EveryKernel_GivesTheRecordedText()
    {
        var isUpdate = Environment.GetEnvironmentVariable("AFTERIMAGE_UPDATE_GOLDENS") == "1";
        if (isUpdate)
        {
            Directory.CreateDirectory(s_folder);
            Array.ForEach(Directory.GetFiles(s_folder), File.Delete);
        }
        foreach (var kernel in Kernel.All)
        {
            var ptx = PtxCompiler.Compile(kernel, CudaArchitecture.SM_80);
            Assert.AreEqual(ptx, PtxCompiler.Compile(kernel, CudaArchitecture.SM_90), $"{kernel} is not the same for sm_80 and sm_90.");
            if (isUpdate)
                File.WriteAllText(Path.Combine(s_folder, $"{kernel.Name}.ptx"), ptx);
            else
                Assert.AreEqual(RecordedPtx.Find(kernel, CudaArchitecture.SM_90), ptx, $"{kernel} differs from src/Runtime/Kernels/Ptx.");
        }
        var files = Directory.GetFiles(s_folder).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal);
        Assert.AreSequenceEqual(Kernel.All.Select(kernel => kernel.Name).Order(StringComparer.Ordinal), files);
    }

    [TestMethod]
    public void IndexedKernels_HaveNoBranchButALoopOverTerms()
    {
        // ILGPU takes the implicit index for the same in all threads, so a branch on it would be a bra.uni that some threads take.
        var indexed = Kernel.All.Where(kernel => kernel.IsIndexed).ToList();
        Assert.HasCount(39, indexed);
        foreach (var kernel in indexed)
            Assert.AreEqual(IsOfAnyNumberOfTerms(kernel) ? 2 : 0, Compiled(kernel).Branches, kernel.Name);
    }

    [TestMethod]
    public void KernelsForFourElements_ReadAndWriteVectors()
    {
        foreach (var kernel in Kernel.All.Where(kernel => kernel.Name.EndsWith(".x4", StringComparison.Ordinal)))
        {
            var ptx = RecordedPtx.Find(kernel, CudaArchitecture.SM_80)!;
            Assert.Contains("ld.global.v4", ptx, kernel.Name);
            // One weight in each of the two places where a term is added.
            Assert.HasCount(IsOfAnyNumberOfTerms(kernel) ? 3 : 1, ptx.Split("ld.global.f32"), kernel.Name);
            Assert.DoesNotContain("ld.global.b16", ptx, kernel.Name);
        }
    }

    [TestMethod]
    public void Find_ForAnOlderArchitecture_LeavesItToTheCompiler()
    {
        var kernel = Kernel.All[0];
        Assert.IsNull(RecordedPtx.Find(kernel, CudaArchitecture.SM_75));
        Assert.Contains(".target sm_75", PtxCompiler.Compile(kernel, CudaArchitecture.SM_75));
    }

    [TestMethod]
    public void Compile_ByAnArchitecturesName_GivesEveryKernel()
    {
        var first = KernelBackend.Compile("sm_90").First();
        Assert.AreEqual(RecordedPtx.Find(Kernel.All[0], CudaArchitecture.SM_90), first.Ptx);
        Assert.IsGreaterThan(5, first.VirtualRegisters);
        Assert.IsNull(first.DeviceRegisters);
        foreach (var name in new[] { "", "90", "sm_9", "sm_9x", "sm_1000", "sm_90a" })
            Assert.Contains("such as sm_80", Assert.ThrowsExactly<ArgumentException>(() => KernelBackend.Compile(name)).Message);
        Assert.ThrowsExactly<NotSupportedException>(() => KernelBackend.Compile("sm_52").First());
    }

    private static bool IsOfAnyNumberOfTerms(Kernel kernel) => kernel.Name.StartsWith("combine.", StringComparison.Ordinal);

    private static CompiledKernel Compiled(Kernel kernel) => new(kernel.Name, RecordedPtx.Find(kernel, CudaArchitecture.SM_80)!, default, null);

    private static string ThisFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}

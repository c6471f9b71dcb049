using System.Runtime.CompilerServices;
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
    public void ElementWiseKernels_HaveNoBranch()
    {
        var straight = Kernel.All.Where(kernel => kernel.IsIndexed && kernel != Afterimage.Kernels.SkipPlan.Kernel).ToList();
        Assert.HasCount(57, straight);
        foreach (var kernel in straight)
            Assert.DoesNotContain("bra", RecordedPtx.Find(kernel, CudaArchitecture.SM_80)!.Split('\n').Select(line => line.Trim().Split([' ', '.'])[0]), kernel.Name);
    }

    [TestMethod]
    public void KernelsForFourElements_ReadAndWriteVectors()
    {
        foreach (var kernel in Kernel.All.Where(kernel => kernel.Name.EndsWith(".x4", StringComparison.Ordinal)))
        {
            var ptx = RecordedPtx.Find(kernel, CudaArchitecture.SM_80)!;
            Assert.Contains("ld.global.v4", ptx, kernel.Name);
            Assert.DoesNotContain("ld.global.f32", ptx, kernel.Name);
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

    private static string ThisFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}

namespace Afterimage.Runtime.Tests.Kernels;

/// <summary>Kernels with one fault each: what runs them has to notice.</summary>
[TestClass]
[DoNotParallelize]
public sealed class PtxMutationTests
{
    private const string Differs = "differs";
    private const string OutOfBounds = "lie in no view of the launch";

    [TestMethod]
    [DataRow("difference.float32.x1", "%f2, [%rd9]", "%f2, [%rd9+4]", OutOfBounds)] // a distance
    [DataRow("guide.float16.x4", "[%rd9]", "[%rd9+2]", "not aligned")]
    [DataRow("guide.float16.x4", "\t@%p1 ret;\n", "", OutOfBounds)] // no bound
    [DataRow("extrapolate.bfloat16.x1", "setp.ge.s32", "setp.le.s32", OutOfBounds)] // all indices but the right ones
    [DataRow("low-pass", "setp.le.s32\t%p1, %r15", "setp.ge.s32\t%p1, %r15", Differs)]
    [DataRow("combine.bfloat16.x4", ", 32767;", ", 0;", Differs)] // cut off
    [DataRow("blend.bfloat16.x1", ", 32767;", ", 32768;", Differs)] // a tie away from 0
    [DataRow("combine.float16.x4", "cvt.rn.f16", "cvt.rz.f16", "no instruction 'cvt.rz.f16.f32' of such 2 operands is known")]
    [DataRow("relative-l1-sums.float32.x1", "[_value_0+8]", "[_value_0]", OutOfBounds)] // an address for a length
    [DataRow("relative-l1-sums.float32.x1", "[_value_0+8]", "[_value_0+16]", "8 bytes at 16 are no part of a parameter of 16 bytes")]
    [DataRow("blend-guided.float32.x4", "[_highWeight_5]", "[_lowWeight_4]", Differs)]
    [DataRow("combine.float32.x1", "[_weights_6+8]", "[_ring_1+8]", OutOfBounds)] // more terms than there are
    [DataRow("combine.float32.x4", "sub.s32\t%r10, %r5, 1", "sub.s32\t%r10, %r5, 2", Differs)] // another place of the ring
    [DataRow("rest.float32.x4", "{%f9, %f10, ", "{%f10, %f9, ", Differs)]
    [DataRow("relative-l1-quotient", "div.rn.f32\t%f13, %f3, %f4", "div.rn.f32\t%f13, %f4, %f3", Differs)]
    [DataRow("relative-l1-sums.bfloat16.x1", "mov.b32\t%r1, 16", "mov.b32\t%r1, 8", Differs)] // half a warp
    [DataRow("relative-l1-sums.bfloat16.x4", "@%p1 bra\tL_4", "@%p1 bra.uni\tL_4", "said to be uniform")]
    [DataRow("relative-l1-sums.float16.x1", ", 4294967295;", ", 65535;", "where 0x0000ffff are waited for")]
    [DataRow("relative-l1-sums.bfloat16.x4", "shr.s32\t%r27, %r1, 1", "shr.s32\t%r27, %r1, 0", "still running")]
    [DataRow("low-pass", "\tsub.s32\t%r10, %r4, %r7;\n", "", "a register that nothing was written to")]
    [DataRow("low-pass", "%f4, %f1, %f3", "%f40, %f1, %f3", "'%f40' is no register")]
    [DataRow("low-pass", "\tret;\n", "\texit;\n", "low-pass.ptx, line 60: no instruction 'exit'")]
    public void ChangedPtx_IsCaught(string kernel, string text, string change, string expected)
    {
        using var launcher = new PtxLauncher((launched, ptx) =>
        {
            if (launched.Name != kernel)
                return ptx;
            Assert.Contains(text, ptx);
            return ptx.Replace(text, change, StringComparison.Ordinal);
        });
        var caught = Assert.Throws<Exception>(() => KernelTwins.Compare(kernel, launcher, 33, 132, 1000));
        Assert.Contains(expected, caught.Message);
        Assert.Contains(kernel, launcher.Launched);
    }
}

namespace Afterimage.Runtime.Tests.Kernels.PtxInterpreter;

/// <summary>One launch of a kernel along one dimension.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Arguments">The bytes of each parameter, as the driver copied them.</param>
/// <param name="Memory">What may be read and written.</param>
/// <param name="Blocks">How many blocks.</param>
/// <param name="Threads">Of a block.</param>
internal sealed record PtxLaunch(PtxKernel Kernel, IReadOnlyList<byte[]> Arguments, DeviceMemory Memory, uint Blocks, uint Threads)
{
    /// <summary>One warp after another: kernels neither share memory nor wait for other warps.</summary>
    /// <exception cref="PtxException">The kernel did what a device would not forgive.</exception>
    public void Run()
    {
        for (uint block = 0; block < Blocks; block++)
        {
            for (uint first = 0; first < Threads; first += Warp.Size)
                new Warp(this, block, first).Run();
        }
    }
}

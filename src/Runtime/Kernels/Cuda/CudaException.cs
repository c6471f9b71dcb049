namespace Afterimage.Kernels.Cuda;

/// <summary>The CUDA driver refused a call.</summary>
internal sealed class CudaException(string message) : Exception(message);

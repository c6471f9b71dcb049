namespace Afterimage.Kernels.Cuda;

/// <summary>Numbers of a device, with the driver's own values (CUdevice_attribute).</summary>
internal enum CudaDeviceAttribute
{
    MultiprocessorCount = 16,
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
}

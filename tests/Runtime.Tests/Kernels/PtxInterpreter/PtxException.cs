namespace Afterimage.Runtime.Tests.Kernels.PtxInterpreter;

/// <summary>PTX that cannot be read, or that does what a device would not forgive.</summary>
internal sealed class PtxException(string file, int line, string message) : Exception($"{file}, line {line}: {message}");

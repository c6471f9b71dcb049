// The count of live tensors and the PATH are per process.
[assembly: DoNotParallelize]

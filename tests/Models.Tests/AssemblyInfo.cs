// Torch uses every core by itself, and the count of live tensors is per process.
[assembly: DoNotParallelize]

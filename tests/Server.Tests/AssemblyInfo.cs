// Each test's server has a pipeline of its own, and the machine two cores.
[assembly: DoNotParallelize]

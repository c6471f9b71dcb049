// Training takes all cores, and tells its random numbers from torch's own by their seed.
[assembly: DoNotParallelize]

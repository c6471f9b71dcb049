using System.Runtime;

namespace Afterimage.Tests;

/// <summary>Calls of TorchSharp's own operations, to compare with: they make a Scalar inside that a collection could free while libtorch reads it.</summary>
internal static class Uncollected
{
    private const long MostAllocated = 16 << 20;

    /// <summary>What a call gives during which no garbage is collected.</summary>
    public static T Call<T>(Func<T> call)
    {
        Assert.IsTrue(GC.TryStartNoGCRegion(MostAllocated));
        try
        {
            return call();
        }
        finally
        {
            Assert.AreEqual(GCLatencyMode.NoGCRegion, GCSettings.LatencyMode, "It allocated more than was set aside.");
            GC.EndNoGCRegion();
        }
    }
}

using TorchSharp;

namespace Afterimage.Tests;

[TestClass]
public static class TestThreads
{
    /// <summary>Tensors are tiny here and the recordings were made with one thread; more would only wait for each other, for long where the machine is busy.</summary>
    [AssemblyInitialize]
    public static void UseOne(TestContext context) => torch.set_num_threads(1);
}

using TorchSharp;

namespace Afterimage.Models.Tests;

[TestClass]
public static class TestThreads
{
    /// <summary>The models are tiny and the recordings were made with one thread; more would only wait for each other.</summary>
    [AssemblyInitialize]
    public static void UseOne(TestContext context) => torch.set_num_threads(1);
}

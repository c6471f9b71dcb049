using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests;

[TestClass]
public class TorchLoaderTests
{
    [TestMethod]
    public void Torch_FirstUse_Loads()
    {
        using var ones = TorchSharp.torch.ones(2, 3);
        Assert.AreEqual(6f, ones.sum().item<float>());
    }

    [TestMethod]
    public void Meta_Linear_GivesShapes()
    {
        using var lin = nn.Linear(4096, 16384, device: META);
        using var x = zeros([2, 1000, 4096], device: META);
        using var y = nn.functional.gelu(lin.forward(x));
        using var q = y.view(2, 1000, 16, 1024).transpose(1, 2);
        using var a = nn.functional.scaled_dot_product_attention(q, q, q);
        Assert.AreEqual("2,16,1000,1024", string.Join(",", a.shape));
        Console.WriteLine(a.dtype);
    }
}

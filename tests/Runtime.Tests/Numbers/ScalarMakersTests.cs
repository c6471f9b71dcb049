using System.Runtime.CompilerServices;

namespace Afterimage.Runtime.Tests.Numbers;

/// <summary>
/// Compares the list that builds and the analyzer go by with what TorchSharp's code says. AFTERIMAGE_UPDATE_GOLDENS=1 writes it anew.
/// </summary>
[TestClass]
public sealed class ScalarMakersTests
{
    private const string Remedy = "Makes a Scalar that may be freed while libtorch reads it; use Afterimage.TensorArithmetic";

    [TestMethod]
    public void List_OfMembersThatMakeScalars_IsWhatTorchSharpsCodeSays()
    {
        var file = Path.Combine(ThisFolder(), "../../../src/Generators/Diagnostics/BannedSymbols.Scalars.txt");
        var expected = string.Concat(ScalarMakers.Read().Select(member => $"{member};{Remedy}\n"));
        if (Environment.GetEnvironmentVariable("AFTERIMAGE_UPDATE_GOLDENS") == "1")
            File.WriteAllText(file, expected);
        Assert.AreEqual(expected, File.ReadAllText(file));
    }

    [TestMethod]
    [DataRow("M:TorchSharp.torch.Tensor.op_Addition(TorchSharp.torch.Tensor,TorchSharp.torch.Tensor)", DisplayName = "alpha of 1")]
    [DataRow("M:TorchSharp.torch.Tensor.op_Subtraction(System.Int32,TorchSharp.torch.Tensor)", DisplayName = "number on the left")]
    [DataRow("M:TorchSharp.torch.Tensor.square", DisplayName = "pow inside")]
    [DataRow("M:TorchSharp.TensorExtensionMethods.ToSingle(TorchSharp.torch.Tensor)", DisplayName = "read and dropped")]
    [DataRow("M:TorchSharp.torch.nn.Softplus(System.Double,System.Double)", DisplayName = "a module that makes one when it runs")]
    [DataRow("M:TorchSharp.Modules.AdamW.step(System.Func{TorchSharp.torch.Tensor})", DisplayName = "inside a lambda")]
    [DataRow("M:TorchSharp.torch.nn.functional.celu(TorchSharp.torch.Tensor,System.Double,System.Boolean)", DisplayName = "through a conversion")]
    [DataRow("M:TorchSharp.Scalar.op_Implicit(System.Int32)~TorchSharp.Scalar", DisplayName = "the conversion itself")]
    public void Read_FindsWhatMakesOneInside(string member) => Assert.Contains(member, ScalarMakers.Read());

    [TestMethod]
    [DataRow("M:TorchSharp.torch.Tensor.mul(TorchSharp.torch.Tensor)", DisplayName = "needs none")]
    [DataRow("M:TorchSharp.torch.Tensor.mul(TorchSharp.Scalar)", DisplayName = "is given one")]
    [DataRow("M:TorchSharp.torch.Tensor.ToScalar", DisplayName = "hands it out")]
    [DataRow("M:TorchSharp.torch.nn.Module`2.forward(`0)", DisplayName = "is abstract")]
    [DataRow("M:TorchSharp.torch.Tensor.ToString", DisplayName = "is every object's")]
    public void Read_LeavesOutWhatDoesNot(string member) => Assert.DoesNotContain(member, ScalarMakers.Read());

    private static string ThisFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}

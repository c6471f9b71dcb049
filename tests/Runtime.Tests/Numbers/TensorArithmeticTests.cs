using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Numbers;

/// <summary>Compares every operation with what it stands for in TorchSharp, type and bits.</summary>
[TestClass]
public sealed class TensorArithmeticTests
{
#pragma warning disable RS0030 // What they are compared with; called while no garbage is collected.
    private static readonly (string Name, Func<Tensor, Tensor, Tensor> Ours, Func<Tensor, Tensor, Tensor> Theirs)[] s_all =
    [
        ("a + b", (a, b) => a.Plus(b), (a, b) => a + b),
        ("a + 2", (a, _) => a.Plus(2), (a, _) => a + 2),
        ("a + 0.3", (a, _) => a.Plus(0.3), (a, _) => a + 0.3),
        ("a + 0.3f", (a, _) => a.Plus(0.3f), (a, _) => a + 0.3f),
        ("2 + a", (a, _) => a.Plus(2), (a, _) => 2 + a),
        ("a - b", (a, b) => a.Minus(b), (a, b) => a - b),
        ("a - 2", (a, _) => a.Minus(2), (a, _) => a - 2),
        ("a - 0.3", (a, _) => a.Minus(0.3), (a, _) => a - 0.3),
        ("1 - a", (a, _) => 1.Minus(a), (a, _) => 1 - a),
        ("7L - a", (a, _) => 7L.Minus(a), (a, _) => 7L - a),
        ("0.3 - a", (a, _) => 0.3.Minus(a), (a, _) => 0.3 - a),
        ("a * b", (a, b) => a.Times(b), (a, b) => a * b),
        ("a * 3", (a, _) => a.Times(3), (a, _) => a * 3),
        ("a * 0.3", (a, _) => a.Times(0.3), (a, _) => a * 0.3),
        ("0.3f * a", (a, _) => a.Times(0.3f), (a, _) => 0.3f * a),
        ("a / b", (a, b) => a.Over(b), (a, b) => a / b),
        ("a / 3", (a, _) => a.Over(3), (a, _) => a / 3),
        ("a / 0.3", (a, _) => a.Over(0.3), (a, _) => a / 0.3),
        ("3 / a", (a, _) => 3.Over(a), (a, _) => 3 / a),
        ("3L / a", (a, _) => 3L.Over(a), (a, _) => 3L / a),
        ("0.3 / a", (a, _) => 0.3.Over(a), (a, _) => 0.3 / a),
        ("square", (a, _) => a.Squared(), (a, _) => a.square()),
        ("clamp_min 1", (a, _) => a.AtLeast(1), (a, _) => a.clamp_min(1)),
        ("clamp_min 0.5", (a, _) => a.AtLeast(0.5), (a, _) => a.clamp_min(0.5)),
        ("clamp_max 1", (a, _) => a.AtMost(1), (a, _) => a.clamp_max(1)),
        ("clamp_max 0.5", (a, _) => a.AtMost(0.5), (a, _) => a.clamp_max(0.5)),
        ("clamp -1, 2", (a, _) => a.Clamped(-1, 2), (a, _) => a.clamp(-1, 2)),
        ("clamp -0.3, 0.3", (a, _) => a.Clamped(-0.3, 0.3), (a, _) => a.clamp(-0.3, 0.3)),
        ("a == 2", (a, _) => a.IsEqual(2), (a, _) => a.eq(2)),
        ("a == 0.3", (a, _) => a.IsEqual(0.3), (a, _) => a.eq(0.3)),
        ("a < 2", (a, _) => a.IsLess(2), (a, _) => a < 2),
        ("a < 0.3", (a, _) => a.IsLess(0.3), (a, _) => a < 0.3),
        ("a <= 2", (a, _) => a.IsAtMost(2), (a, _) => a <= 2),
        ("a <= 0.3", (a, _) => a.IsAtMost(0.3), (a, _) => a <= 0.3),
        ("a > 2", (a, _) => a.IsGreater(2), (a, _) => a > 2),
        ("a > 0.3", (a, _) => a.IsGreater(0.3), (a, _) => a > 0.3),
        ("addcmul", (a, b) => a.PlusProduct(b, a), (a, b) => addcmul(a, b, a, 1)),
        ("masked_fill 7", (a, b) => a.Masked(b > a, 7), (a, b) => a.masked_fill(b > a, 7)),
        ("full 3", (a, _) => TensorArithmetic.Full(a.shape, 3, a.dtype), (a, _) => full(a.shape, 3, a.dtype)),
        ("full 3, own type", (a, _) => TensorArithmetic.Full(a.shape, 3), (a, _) => full(a.shape, 3)),
        ("full 0.3", (a, _) => TensorArithmetic.Full(a.shape, 0.3), (a, _) => full(a.shape, 0.3)),
        ("arange 5", (a, _) => TensorArithmetic.Range(5, a.dtype), (a, _) => arange(5, a.dtype)),
        ("arange 1, 9, 2", (a, _) => TensorArithmetic.Range(1, 9, 2, a.dtype), (a, _) => arange(1, 9, 2, a.dtype)),
        ("arange, own type", (_, _) => TensorArithmetic.Range(5), (_, _) => arange(5)),
        ("add_", (a, b) => a.clone().Plus_(b), (a, b) => a.clone().add_(b)),
        ("add_ 2", (a, _) => a.clone().Plus_(2), (a, _) => a.clone().add_(2)),
        ("mul_ 3", (a, _) => a.clone().Times_(3), (a, _) => a.clone().mul_(3)),
        ("clamp_ 0, 1", (a, _) => a.clone().Clamp_(0, 1), (a, _) => a.clone().clamp_(0, 1)),
        ("masked_fill_ 7", (a, b) => a.clone().Mask_(b > a, 7), (a, b) => a.clone().masked_fill_(b > a, 7)),
    ];

    private static readonly (string Name, Func<Tensor, Tensor, Tensor> Ours, Func<Tensor, Tensor, Tensor> Theirs)[] s_ofFloats =
    [
        ("add alpha", (a, b) => a.PlusScaled(b, 0.3), (a, b) => a.add(b, 0.3)),
        ("softplus", (a, _) => a.Times(9).Softplus(), (a, _) => nn.functional.softplus(a * 9)),
        ("mish", (a, _) => a * a.Softplus().tanh(), (a, _) => nn.functional.mish(a)),
        ("masked_fill -0.3", (a, b) => a.Masked(b > a, -0.3), (a, b) => a.masked_fill(b > a, -0.3)),
        ("add_ 0.3", (a, _) => a.clone().Plus_(0.3), (a, _) => a.clone().add_(0.3)),
        ("mul_ 0.3", (a, _) => a.clone().Times_(0.3), (a, _) => a.clone().mul_(0.3)),
        ("add_ alpha", (a, b) => a.clone().PlusScaled_(b, 0.3), (a, b) => a.clone().add_(b, 0.3)),
        ("addcmul_", (a, b) => a.clone().PlusProduct_(b, a, 0.3), (a, b) => a.clone().addcmul_(b, a, 0.3)),
        ("addcdiv_", (a, b) => a.clone().PlusQuotient_(b, a, 0.3), (a, b) => a.clone().addcdiv_(b, a, 0.3)),
        ("clamp_ 0.1, 0.7", (a, _) => a.clone().Clamp_(0.1, 0.7), (a, _) => a.clone().clamp_(0.1, 0.7)),
        ("masked_fill_ 0.7", (a, b) => a.clone().Mask_(b > a, 0.7), (a, b) => a.clone().masked_fill_(b > a, 0.7)),
    ];
#pragma warning restore RS0030

    [TestMethod]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.Float64)]
    [DataRow(ScalarType.Float16)]
    [DataRow(ScalarType.BFloat16)]
    [DataRow(ScalarType.Int64)]
    public void Operations_AreThoseOfTorchSharp_BitForBit(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var a = randn([7, 33], generator: generator).Times_(4).to(dtype);
        var b = randn([33], generator: generator).Times_(4).to(dtype);
        var all = dtype == ScalarType.Int64 ? s_all : [.. s_all, .. s_ofFloats];
        var theirs = Uncollected.Call(() => all.Select(each => each.Theirs(a, b)).ToList());
        foreach (var ((name, ours, _), expected) in all.Zip(theirs))
        {
            var actual = ours(a, b);
            Assert.AreEqual(expected.dtype, actual.dtype, name);
            Assert.AreSequenceEqual(expected.shape, actual.shape, name);
            Assert.AreSequenceEqual(expected.contiguous().bytes.ToArray(), actual.contiguous().bytes.ToArray(), $"{name} in {dtype}");
        }
    }

    [TestMethod]
    public void Operations_OutsideOfScopes_LeaveNothingButTheirResult()
    {
        using var tensor = ones(3);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        1.Minus(tensor).Dispose();
        2.0.Over(tensor).Dispose();
        tensor.Softplus().Dispose();
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    public void Operations_HaveGradients()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { -1f, 30f, 100f }, requires_grad: true);
        1.Minus(x).Plus(x.Squared()).Plus(x.Softplus()).sum().backward();
        var expected = x.detach().mul(tensor(2f)).sub(tensor(1f)).Plus(x.detach().sigmoid());
        Assert.IsTrue(expected.allclose(x.grad!), $"{x.grad}");
    }
}

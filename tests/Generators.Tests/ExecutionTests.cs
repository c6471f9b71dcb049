using Afterimage.Execution;
using Afterimage.Generators.Tests.Driving;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Generators.Tests;

/// <summary>Generated code, compiled and run on tensors.</summary>
[TestClass]
public sealed class ExecutionTests
{
    [TestMethod]
    public void TwoSites_EveryVariant_RunsWhatItShould()
    {
        using var scope = NewDisposeScope();
        var block = EmittedAssembly.Of(Sample.Read(Sample.TwoSites)).New<nn.Module<Tensor, Tensor, (Tensor, Tensor)>>("Sample.TwoSiteBlock");
        var cached = (ICachedBlock)block;
        var (hidden, encoder) = (rand(2, 3), rand(2, 4));
        var plain = block.forward(hidden, encoder);

        FakeSlot[] slots = [new(), new()];
        cached.Select(0, slots);
        AssertSame(plain, block.forward(hidden, encoder));
        Assert.AreSequenceEqual(["keep 0", "keep 1"], slots[0].Log);
        Assert.AreSequenceEqual(["keep 0"], slots[1].Log);

        foreach (var (mask, ran) in new[] { (1, "norm2 ff"), (2, "norm1 attn1 norm2?"), (3, string.Empty) })
        {
            var before = Calls(block);
            cached.Select(mask, slots);
            AssertSame(plain, block.forward(hidden, encoder));
            var after = Calls(block);
            Assert.AreEqual((mask & 1) == 0 ? 1 : 0, after.Norm1 - before.Norm1, $"norm1 under {ran}");
            Assert.AreEqual((mask & 1) == 0 ? 1 : 0, after.Attn1 - before.Attn1, "attn1");
            Assert.AreEqual((mask & 2) == 0 ? 1 : 0, after.Norm2 - before.Norm2, "norm2");
            Assert.AreEqual((mask & 2) == 0 ? 1 : 0, after.Ff - before.Ff, "ff");
            Assert.AreEqual(1, after.Gates - before.Gates, "The gate is read by what stays.");
        }

        cached.Deselect();
        var logged = slots[0].Log.Count;
        AssertSame(plain, block.forward(hidden, encoder));
        Assert.HasCount(logged, slots[0].Log);
    }

    [TestMethod]
    public void TwoSites_Skipped_UsesTheHistoryInsteadOfTheInput()
    {
        using var scope = NewDisposeScope();
        var block = EmittedAssembly.Of(Sample.Read(Sample.TwoSites)).New<nn.Module<Tensor, Tensor, (Tensor, Tensor)>>("Sample.TwoSiteBlock");
        var cached = (ICachedBlock)block;
        FakeSlot[] slots = [new(), new()];
        slots[0].Keep(0, TensorArithmetic.Full([2, 3], 10));
        slots[0].Keep(1, TensorArithmetic.Full([2, 4], 20));
        slots[1].Keep(0, TensorArithmetic.Full([2, 3], 30));
        cached.Select(3, slots);
        var (hidden, encoder) = block.forward(ones(2, 3), ones(2, 4));
        AssertSame((TensorArithmetic.Full([2, 3], 41), TensorArithmetic.Full([2, 4], 21)), (hidden, encoder));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void ThreeSites_EveryVariant_EqualsTheBody(bool conditioned)
    {
        using var scope = NewDisposeScope();
        var block = EmittedAssembly.Of(Sample.Read(Sample.ThreeSites))
            .New<nn.Module<Tensor, Tensor?, Tensor>>("Sample.Outer.Inner.Shell+ThreeSiteBlock");
        var cached = (ICachedBlock)block;
        var (input, condition) = (rand(2, 3), conditioned ? rand(2, 3) : null);
        var plain = block.forward(input, condition);
        FakeSlot[] slots = [new(), new(), new()];
        for (var mask = 0; mask < 8; mask++)
        {
            cached.Select(mask, slots);
            Assert.IsTrue(plain.equal(block.forward(input, condition)).all().item<bool>(), $"variant {mask}");
        }

        Assert.AreEqual(4, slots[0].Log.Count(entry => entry == "take 0"));
        Assert.AreEqual(4, slots[2].Log.Count(entry => entry == "keep 0"));
        Assert.AreSequenceEqual(
            [new SiteDescriptor("attn1", SiteKind.SpatialAttention, 1), new("attn2", SiteKind.CrossAttention, 1), new("ff", SiteKind.FeedForward, 1)],
            cached.Sites);
        Assert.AreSame(block.named_children().Single(child => child.name == "attn2").module, cached.SiteModule(1));
    }

    [TestMethod]
    public void ResultThatIsReturned_IsACopy()
    {
        using var scope = NewDisposeScope();
        var block = EmittedAssembly.Of(Sample.Read(Sample.ThreeSites))
            .New<nn.Module<Tensor, Tensor?, Tensor>>("Sample.Outer.Inner.Shell+ThreeSiteBlock");
        FakeSlot[] slots = [new(), new(), new()];
        foreach (var slot in slots)
            slot.Keep(0, ones(2, 3));
        ((ICachedBlock)block).Select(7, slots);
        Assert.IsFalse(slots[2].Owns(0, block.forward(ones(2, 3), null)));
    }

    [TestMethod]
    public void Exception_NamesTheAuthorsLine()
    {
        var text = Sample.Read(Sample.TwoSites);
        var path = Path.Combine(Path.GetTempPath(), "author", "TwoSites.cs");
        var block = EmittedAssembly.Of(text, path).New<nn.Module<Tensor, Tensor, (Tensor, Tensor)>>("Sample.TwoSiteBlock");
        ((ICachedBlock)block).Select(2, [new FakeSlot(), new FakeSlot()]);
        using var hidden = ones(2, 3);
        var thrown = Assert.Throws<Exception>(() => block.forward(hidden, ones(5, 5, 5)));
        var line = text[..text.IndexOf("var (attnHidden", StringComparison.Ordinal)].Count(c => c == '\n') + 1;
        Assert.Contains($"{path}:line {line}", thrown.StackTrace!);
    }

    [TestMethod]
    public void Model_WithoutACache_RunsItsBody()
    {
        using var scope = NewDisposeScope();
        var model = EmittedAssembly.Of(Sample.Read(Sample.Model)).New<nn.Module<Tensor, Tensor, Tensor?, Tensor>>("Sample.TinyModel");
        Assert.AreEqual(3, model.forward(ones(1), ones(1), ones(1)).item<float>());
        var cacheable = (ICacheableModel)model;
        Assert.IsFalse(cacheable.IsCacheEnabled);
        Assert.AreEqual(GuidanceLayout.Sequential, cacheable.GuidanceLayout);
        model.to(ScalarType.Float64);
        cacheable.DisableCache();
        model.Dispose();
    }

    private static (int Norm1, int Attn1, int Norm2, int Ff, int Gates) Calls(nn.Module block)
    {
        dynamic d = block;
        return (d.norm1.Calls, d.attn1.Calls, d.norm2.Calls, d.ff.Calls, d.Gates);
    }

    private static void AssertSame((Tensor, Tensor) expected, (Tensor, Tensor) actual)
    {
        Assert.IsTrue(expected.Item1.equal(actual.Item1).all().item<bool>());
        Assert.IsTrue(expected.Item2.equal(actual.Item2).all().item<bool>());
    }
}

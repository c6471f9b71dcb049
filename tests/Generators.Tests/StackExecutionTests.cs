using Afterimage.Execution;
using Afterimage.Generators.Tests.Driving;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Generators.Tests;

/// <summary>Models whose body is sliced, compiled and run on tensors.</summary>
[TestClass]
public sealed class StackExecutionTests
{
    [TestMethod]
    public void OneStack_EveryVariant_EqualsTheBody()
    {
        using var scope = NewDisposeScope();
        dynamic model = New(Sample.OneStack, "Sample.OneStackModel");
        var cached = (ICachedBlock)model;
        var slot = new FakeStackSlot();
        var (latents, encoder) = (rand(2, 3), rand(2, 4));
        Tensor plain = model.forward(latents, encoder);

        cached.Select(0, [slot]);
        AssertSame(plain, model.forward(latents, encoder));
        Assert.AreSequenceEqual(["enter 0", "keep 0"], slot.Log);

        int rotary = model.rotary.Calls;
        int blocks = BlockCalls(model);
        cached.Select(1, [slot]);
        AssertClose(plain, model.forward(latents, encoder));
        Assert.AreEqual("take 0", slot.Log[^1]);
        Assert.AreEqual(rotary, (int)model.rotary.Calls);
        Assert.AreEqual(blocks, BlockCalls(model));

        cached.Deselect();
        AssertSame(plain, model.forward(latents, encoder));
        Assert.AreEqual(blocks + 4, BlockCalls(model));
    }

    [TestMethod]
    public void Skipped_AddsWhatTheBlocksAddedToAnotherInput()
    {
        using var scope = NewDisposeScope();
        dynamic model = New(Sample.OneStack, "Sample.OneStackModel");
        var slot = new FakeStackSlot();
        slot.Enter(0, zeros(2, 3));
        slot.Keep(0, TensorArithmetic.Full([2, 3], 10));
        ((ICachedBlock)model).Select(1, [slot]);
        AssertSame(TensorArithmetic.Full([2, 3], 36), model.forward(ones(2, 3), ones(2, 4)));
    }

    [TestMethod]
    public void Gated_RunsTheRestOrAddsIt()
    {
        using var scope = NewDisposeScope();
        dynamic model = New(Sample.OneStack, "Sample.OneStackModel");
        var cached = (ICachedBlock)model;
        Assert.IsTrue(cached.HasGate);
        Assert.AreSequenceEqual([new SiteDescriptor("transformer_blocks", SiteKind.BlockStack, 1, Carried: 1)], cached.Sites);
        var slot = new FakeStackSlot();
        var (latents, encoder) = (rand(2, 3), rand(2, 4));
        Tensor plain = model.forward(latents, encoder);

        cached.Select(2, [slot]);
        int blocks = BlockCalls(model);
        AssertSame(plain, model.forward(latents, encoder));
        Assert.AreSequenceEqual(["enter 0", "enter 1", "branch 0", "branch 1", "leave 0", "leave 1"], slot.Log);
        Assert.AreEqual(blocks + 4, BlockCalls(model));

        // The last block reads what those before it handed on.
        slot.RunsRest = false;
        AssertClose(plain, model.forward(latents, encoder));
        Assert.AreEqual(blocks + 6, BlockCalls(model));
    }

    [TestMethod]
    public void TwoStacks_EveryVariant_EqualsTheBody()
    {
        using var scope = NewDisposeScope();
        dynamic model = New(Sample.TwoStacks, "Sample.TwoStackModel");
        var cached = (ICachedBlock)model;
        FakeStackSlot[] stacks = [new(), new()];
        SiteSlot[] slots = [.. stacks, new FakeSlot()];
        var (latents, encoder) = (rand(2, 3), rand(2, 3));
        Tensor plain = model.forward(latents, encoder);
        for (var variant = 0; variant < 9; variant++)
        {
            foreach (var stack in stacks)
                stack.Log.Clear();
            int embedded = model.embed.Calls;
            cached.Select(variant, slots);
            AssertClose(plain, model.forward(latents, encoder), $"variant {variant}");
            var skipsOutput = variant is >= 4 and < 8;
            Assert.AreEqual(skipsOutput ? 0 : 1, (int)model.embed.Calls - embedded, $"variant {variant}");
            Assert.AreEqual(skipsOutput, stacks.All(stack => stack.Log.Count == 0), $"variant {variant}");
        }

        Assert.AreSequenceEqual(
            [
                new SiteDescriptor("transformer_blocks", SiteKind.BlockStack, 2, LeftOutWith: 4),
                new("single_transformer_blocks", SiteKind.BlockStack, 1, LeftOutWith: 4),
                new("proj_out", SiteKind.OutputProjection, 1),
            ],
            cached.Sites);
        Assert.AreSame(((nn.Module)model).named_children().Single(child => child.name == "single_transformer_blocks").module, cached.SiteModule(1));
    }

    [TestMethod]
    public void Exception_InAGatedLoop_NamesTheAuthorsLine()
    {
        using var scope = NewDisposeScope();
        var text = Sample.Read(Sample.OneStack);
        var path = Path.Combine(Path.GetTempPath(), "author", "OneStack.cs");
        var model = EmittedAssembly.Of(text, path).New<nn.Module<Tensor, Tensor, Tensor>>("Sample.OneStackModel");
        ((ICachedBlock)model).Select(2, [new ThrowingSlot()]);
        var thrown = Assert.Throws<InvalidOperationException>(() => model.forward(ones(2, 3), ones(2, 4)));
        var line = text[..text.IndexOf("foreach (var block", StringComparison.Ordinal)].Count(c => c == '\n') + 1;
        Assert.Contains($"{path}:line {line}", thrown.StackTrace!);
    }

    private static nn.Module<Tensor, Tensor, Tensor> New(string sample, string type) =>
        EmittedAssembly.Of(Sample.Read(sample)).New<nn.Module<Tensor, Tensor, Tensor>>(type);

    private static int BlockCalls(dynamic model)
    {
        var calls = 0;
        foreach (var block in model.transformer_blocks)
            calls += block.Calls;
        return calls;
    }

    private static void AssertSame(Tensor expected, Tensor actual) => Assert.IsTrue(expected.equal(actual).all().item<bool>());

    // What was added is a difference, which rounds.
    private static void AssertClose(Tensor expected, Tensor actual, string message = "") =>
        Assert.IsTrue(expected.allclose(actual, 1e-5, 1e-5), message);

    private sealed class ThrowingSlot : StackSlot
    {
        public override void Enter(int tensor, Tensor value) { }

        public override void Branch(int tensor, Tensor value) { }

        public override void Keep(int tensor, Tensor value) { }

        public override Tensor Take(int tensor) => throw new InvalidOperationException();

        public override Tensor Take(int tensor, Tensor input) => throw new InvalidOperationException();

        public override IEnumerable<T> Head<T>(IEnumerable<T> blocks) => throw new InvalidOperationException();

        public override IEnumerable<T> Rest<T>(IEnumerable<T> blocks) => blocks;

        public override Tensor Leave(int tensor, Tensor value) => value;

        public override IEnumerable<T> Tail<T>(IEnumerable<T> blocks) => blocks;
    }
}

using Afterimage.Execution;
using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static TorchSharp.torch;

namespace Afterimage.Generators.Tests;

/// <summary>Models whose loops over blocks can be left out.</summary>
[TestClass]
public sealed class StackTests
{
    [TestMethod]
    public void EveryVariant_OnTheInputThatWasKept_GivesWhatTheBodyGives()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var model = Model();
        var (input, text) = (rand(2, 4), rand(1, 4));
        var expected = model.forward(input, text);
        FakeStack joint = new(), single = new();
        var output = new FakeSlot();
        for (var mask = 0; mask < 8; mask++)
        {
            ((ICachedBlock)model).Select(mask, [joint, single, output]);
            Assert.IsLessThan(1e-6f, (expected - model.forward(input, text)).abs().max().item<float>(), $"variant {mask}");
        }

        ((ICachedBlock)model).Deselect();
        Assert.IsTrue(expected.equal(model.forward(input, text)).all().item<bool>());
        // Only the second loop reads the text, so it is taken where the first is skipped and the second is not.
        Assert.AreSequenceEqual(["enter 0", "enter 1", "keep 0", "keep 1", "take 0", "take 1", "enter 0", "enter 1", "keep 0", "keep 1", "take 0"], joint.Log);
        Assert.AreEqual(4, output.Log.Count(entry => entry == "take 0"));
    }

    [TestMethod]
    public void Gate_WhateverRunsBeforeAndAfterIt_GivesWhatTheBodyGives()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var model = Model();
        var (input, text) = (rand(2, 4), rand(1, 4));
        var expected = model.forward(input, text);
        for (var head = 0; head <= 3; head++)
        {
            for (var tail = 0; tail <= 3; tail++)
            {
                FakeStack joint = new(), single = new();
                foreach (var skips in (bool[])[false, true])
                {
                    (joint.Gate, single.Gate) = ((head, 0, skips), (0, tail, skips));
                    ((ICachedBlock)model).Select(8, [joint, single, new FakeSlot()]);
                    Assert.IsLessThan(1e-6f, (expected - model.forward(input, text)).abs().max().item<float>(), $"head {head}, tail {tail}, skips {skips}");
                }
            }
        }
    }

    [TestMethod]
    public void Sites_SayWhatLeavesThemOut()
    {
        var block = (ICachedBlock)Model();
        Assert.IsTrue(block.HasGate);
        Assert.AreSequenceEqual(
            [
                new SiteDescriptor("joint_blocks", SiteKind.BlockStack, 2, LeftOutWith: 4),
                new("blocks", SiteKind.BlockStack, 1, LeftOutWith: 4),
                new("proj_out", SiteKind.OutputProjection, 1),
            ],
            block.Sites);
        Assert.AreSequenceEqual(["joint_blocks", "blocks", "proj_out"], ((ICacheableModel)block).CacheSites.Select(site => site.Name));
        Assert.AreSequenceEqual(["proj_out", "proj_out", null], ((ICacheableModel)block).CacheSites.Select(site => site.LeftOutWith));
    }

    /// <summary>Loops that go through other lists too, or count, are left out as a whole only.</summary>
    [TestMethod]
    public void CountedLoop_HasNoGateAndNamesAllItsLists()
    {
        var text = Sample.Read(Sample.Stacks)
            .Replace("foreach (var block in blocks)\n            last = block.call(last).add(text);", "for (var i = 0; i < 3; i++)\n            last = blocks[i].call(joint_blocks[i].call(last)).add(text);", StringComparison.Ordinal)
            .Replace("[BlockStack(nameof(joint_blocks))]\n", string.Empty, StringComparison.Ordinal);
        var block = (ICachedBlock)EmittedAssembly.Of(text).New<nn.Module<Tensor, Tensor, Tensor>>("Sample.StackedModel");
        Assert.IsFalse(block.HasGate);
        var names = ((nn.Module)block).named_children().ToDictionary(child => child.module, child => child.name);
        Assert.AreSequenceEqual(["blocks", "joint_blocks"], block.ModulesOf(0).Select(list => names[list]));
        Assert.AreSequenceEqual(["proj_out"], block.ModulesOf(1).Select(list => names[list]));
    }

    [TestMethod]
    public void SkippedStacks_LeaveNothingThatOnlyTheyNeeded()
    {
        var methods = CSharpSyntaxTree.ParseText(GeneratorRun.Of(Sample.Read(Sample.Stacks)).Files.Values.Single(), Compilations.ParseOptions).GetRoot()
            .DescendantNodes().OfType<MethodDeclarationSyntax>().Where(method => method.Identifier.ValueText.StartsWith("Forward", StringComparison.Ordinal))
            .ToDictionary(method => method.Identifier.ValueText, method => method.Body!.ToString());
        Assert.DoesNotContain("frequencies", methods["ForwardSkipJointBlocks"]);
        Assert.Contains("foreach", methods["ForwardSkipJointBlocks"]);
        Assert.DoesNotContain("foreach", methods["ForwardSkipJointBlocksBlocks"]);
        Assert.DoesNotContain("Take(1", methods["ForwardSkipJointBlocksBlocks"]);
        foreach (var gone in (string[])["frequencies", "embed", "foreach", "tanh"])
            Assert.DoesNotContain(gone, methods["ForwardSkipProjOut"]);
        Assert.IsFalse(methods.ContainsKey("ForwardSkipJointBlocksProjOut"));
    }

    private static nn.Module<Tensor, Tensor, Tensor> Model() =>
        EmittedAssembly.Of(Sample.Read(Sample.Stacks)).New<nn.Module<Tensor, Tensor, Tensor>>("Sample.StackedModel");
}

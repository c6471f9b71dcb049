using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = TrainTiny.Training.AdamW;

namespace TrainTiny.Tests;

[TestClass]
public sealed class AdamWTests
{
    private const double LearningRate = 0.03;

    [TestMethod]
    public void Step_IsThatOfTorchSharp_BitForBit()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6);
        var (ours, theirs) = (Weights(generator), Weights(generator));
        using var adam = new AdamW(ours);
#pragma warning disable RS0030 // What it is compared with; called while no garbage is collected.
        using var expected = Uncollected.Call(() => optim.AdamW(theirs, lr: LearningRate, beta2: 0.99, weight_decay: 0.01));
        for (var step = 0; step < 5; step++)
        {
            Give(step, ours, theirs);
            adam.Step(LearningRate);
            Uncollected.Call(() => expected.step());
            AssertSame(theirs, ours, step);
        }
#pragma warning restore RS0030
    }

    [TestMethod]
    public void Load_OfASavedState_GoesOnAsIfItHadNotStopped()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6);
        var (through, stopped) = (Weights(generator), Weights(generator));
        using var adam = new AdamW(through);
        using var first = new AdamW(stopped);
        for (var step = 0; step < 3; step++)
        {
            Give(step, through, stopped);
            adam.Step(LearningRate);
            first.Step(LearningRate);
        }

        using var state = new MemoryStream();
        using var writer = new BinaryWriter(state);
        first.Save(writer);
        state.Position = 0;
        using var second = new AdamW(stopped);
        second.Load(new BinaryReader(state));
        Give(3, through, stopped);
        adam.Step(LearningRate);
        second.Step(LearningRate);
        AssertSame(through, stopped, 3);
    }

    [TestMethod]
    public void Load_OfTorchSharpsState_SaysSo()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6);
        var weights = Weights(generator);
#pragma warning disable RS0030 // Whose state is refused; made while no garbage is collected.
        using var theirs = Uncollected.Call(() => optim.AdamW(weights, lr: LearningRate));
#pragma warning restore RS0030
        using var state = new MemoryStream();
        using var writer = new BinaryWriter(state);
        theirs.save_state_dict(writer);
        state.Position = 0;
        using var ours = new AdamW(weights);
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() => ours.Load(new BinaryReader(state)));
        Assert.Contains("found that of AdamW;", thrown.Message);
    }

    private static Parameter[] Weights(Generator generator)
    {
        generator.manual_seed(7);
        return [nn.Parameter(randn([5, 7], generator: generator)), nn.Parameter(randn([3], generator: generator))];
    }

    // The second weight has no gradient at the second step, so their numbers of steps differ.
    private static void Give(int step, params Parameter[][] all)
    {
        using var generator = new Generator((ulong)step);
        Tensor[] gradients = [randn([5, 7], generator: generator), randn([3], generator: generator)];
        foreach (var weights in all)
            for (var i = 0; i < weights.Length; i++)
                weights[i].grad = step == 1 && i == 1 ? null : gradients[i].clone();
    }

    private static void AssertSame(Parameter[] expected, Parameter[] actual, int step)
    {
        for (var i = 0; i < expected.Length; i++)
            Assert.AreSequenceEqual(expected[i].bytes.ToArray(), actual[i].bytes.ToArray(), $"weight {i} after step {step}");
    }
}

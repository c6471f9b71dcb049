using Afterimage.Planning;
using CsCheck;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>Runs whose bodies are recorded and replayed, against the same runs without.</summary>
[TestClass]
public sealed class StepGraphTests
{
    private static readonly PyramidAttentionBroadcastConfig s_everySecond = new() { SpatialAttentionBlockSkipRange = 2, SpatialAttentionTimestepSkipRange = (-1, 1000) };

    public static IEnumerable<object[]> Configs =>
    [
        [Denoising.Pyramid],
        [Denoising.Pyramid with { SlotDtype = SlotDtype.Int8 }],
        [Denoising.Pyramid with { SlotDtype = SlotDtype.BFloat16 }],
        [Denoising.Faster with { AttentionWeightCallback = _ => 0.5 }],
        [Denoising.Faster with { AttentionWeightCallback = _ => 0.5, SlotDtype = SlotDtype.Float16 }],
        [new TaylorSeerCacheConfig { CacheInterval = 3, MaxOrder = 2, TaylorFactorsDtype = null }],
    ];

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void Run_OfRecordedBodies_IsTheSameToTheLastBit(CacheConfig config)
    {
        using var model = Denoising.Model();
        var expected = Denoising.Run(model, config);
        model.EnableCache(config);
        using var run = model.BeginRun(Denoising.Timesteps);
        var recorder = new BodyRecorder(run);
        run.Recorder = recorder;
        // Each step's inputs are disposed of at its end: a replay that read them would fail.
        List<Tensor> actual = [.. Denoising.Timesteps.Select(timestep => Denoising.Step(model, timestep))];

        Denoising.AssertEqual(expected, actual);
        AssertAllOfAKindAreReplayed(run, recorder);
        Denoising.DisposeAll(expected, actual);
    }

    [TestMethod]
    public void Run_OfAnyMethods_IsTheSameToTheLastBit() => CompositionTests.Cases.Where(methods => methods.Length > 0).Sample(
        methods =>
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            using var model = CompositionTests.Model();
            model.EnableCache(CacheConfig.Compose(methods));
            var (expected, plan) = CompositionTests.Run(model, () => model.BeginRun(CompositionTests.Timesteps));
            AssertIsReplayed(model, plan, expected);
        },
        iter: 60,
        threads: 1);

    [TestMethod]
    public void Run_ThatWasDecidedBefore_IsTheSameToTheLastBit()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = CompositionTests.Model();
        model.EnableCache(new DBCacheConfig { FnComputeBlocks = 1, BnComputeBlocks = 1, ResidualDiffThreshold = 0.2, MaxWarmupSteps = 2 });
        var (expected, plan) = CompositionTests.Run(model, () => model.BeginRun(CompositionTests.Timesteps));
        Assert.IsNotNull(plan.Gate);
        AssertIsReplayed(model, plan, expected);
    }

    [TestMethod]
    public void Run_OfTwoContexts_RecordsEachOfThem()
    {
        using var scope = NewDisposeScope();
        using var model = Denoising.Model();
        var contexts = new[] { "cond", "uncond" };
        model.EnableCache(Denoising.Pyramid);
        List<Tensor> Steps(Action<int> begin)
        {
            var outputs = new List<Tensor>();
            foreach (var timestep in Denoising.Timesteps)
            {
                for (var context = 0; context < 2; context++)
                {
                    begin(context);
                    using (model.CacheContext(contexts[context]))
                        outputs.Add(Denoising.Step(model, timestep, seed: context));
                }
            }
            return outputs;
        }
        List<Tensor> expected;
        using (model.BeginRun(Denoising.Timesteps, GuidanceLayout.Sequential))
            expected = Steps(_ => { });
        using var run = model.BeginRun(Denoising.Timesteps, GuidanceLayout.Sequential);
        var present = 0;
        var recorder = new BodyRecorder(run, () => present);
        run.Recorder = recorder;

        Denoising.AssertEqual(expected, Steps(context => present = context));
        AssertAllOfAKindAreReplayed(run, recorder);
    }

    [TestMethod]
    public void Recording_ThatFails_LeavesTheRunAsItIs()
    {
        using var model = Denoising.Model();
        var config = Denoising.Faster with { AttentionWeightCallback = _ => 0.5 };
        var expected = Denoising.Run(model, config);
        model.EnableCache(config);
        using var run = model.BeginRun(Denoising.Timesteps);
        var recorder = new BodyRecorder(run) { FailsAt = 1 };
        run.Recorder = recorder;
        List<Tensor> actual = [.. Denoising.Timesteps.Select(timestep => Denoising.Step(model, timestep))];

        Denoising.AssertEqual(expected, actual);
        Assert.AreEqual((2, 0), (recorder.Recorded, recorder.Alive));
        Denoising.DisposeAll(expected, actual);
    }

    [TestMethod]
    public void Recordings_AreForgottenWithTheirRunAndWhenAnotherHasAForward()
    {
        using var scope = NewDisposeScope();
        using var model = Denoising.Model();
        model.EnableCache(s_everySecond);
        var run = model.BeginRun(Denoising.Timesteps);
        var recorder = new BodyRecorder(run);
        run.Recorder = recorder;
        void Steps(CacheRun of, int from, int count)
        {
            of.Enter();
            foreach (var timestep in Denoising.Timesteps.Skip(from).Take(count))
                Denoising.Step(model, timestep);
        }
        Steps(run, 0, 6);
        Assert.AreEqual((2, 2), (recorder.Recorded, recorder.Alive));

        using var other = BeginAnother(model, run);
        Steps(other, 0, 1); // the model may have let go of what the recorded bodies read
        Assert.AreEqual((2, 0), (recorder.Recorded, recorder.Alive));

        Steps(run, 6, 6);
        Assert.AreEqual((4, 2), (recorder.Recorded, recorder.Alive));
        run.Dispose();
        Assert.AreEqual(0, recorder.Alive);
    }

    [TestMethod]
    public void Argument_ThatIsNoTensorAndChanges_IsRecordedAnew()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        manual_seed(3);
        using var model = new ScaledModel();
        model.eval();
        double[] scales = [1, 1, 1, 1, 2, 2, 2, 2, 2];
        double[] timesteps = [.. scales.Select((_, step) => 900.0 - step)];
        model.EnableCache(new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 1, SpatialAttentionTimestepSkipRange = (-1, 1000) });
        List<Tensor> Steps() => [.. scales.Select((scale, step) => model.forward(TensorArithmetic.Full([2, 3], (double)step), scale))];
        List<Tensor> expected;
        using (model.BeginRun(timesteps, GuidanceLayout.None))
            expected = Steps();
        using var run = model.BeginRun(timesteps, GuidanceLayout.None);
        var recorder = new BodyRecorder(run);
        run.Recorder = recorder;

        Denoising.AssertEqual(expected, Steps());
        Assert.AreEqual((2, 1), (recorder.Recorded, recorder.Alive));
        Assert.AreEqual(2 + 3, run.States.Single().Graphs!.Replays);
    }


    [TestMethod]
    public void Config_OfWhatCannotBeRecorded_IsRefusedWithTheReason()
    {
        using var model = CompositionTests.Model();
        Refuse(s_everySecond with { OffloadHistory = true }, "leave out OffloadHistory");
        Refuse(new EasyCacheConfig(), "EasyCache decides while it runs: begin a run of the plan that CacheRun.Recorded gives of another");
        Refuse(new MagCacheConfig { Calibrate = true, NumInferenceSteps = 12 }, "leave out Calibrate");

        void Refuse(CacheConfig config, string why)
        {
            model.EnableCache(config with { CudaGraphs = true });
            var exception = Assert.ThrowsExactly<ArgumentException>(() => model.BeginRun(CompositionTests.Timesteps));
            Assert.Contains(why, exception.Message);
            model.DisableCache();
        }
    }

    [TestMethod]
    public void Config_WithoutAPlanOrThatRepeatsNothing_IsRefusedWithTheReason()
    {
        using var model = Denoising.Model();
        model.EnableCache(Denoising.Pyramid with { CudaGraphs = true, CurrentTimestepCallback = () => 5 });
        Assert.Contains("has no plan", Assert.ThrowsExactly<ArgumentException>(() => Denoising.Step(model, 5)).Message);
        model.DisableCache();

        model.EnableCache(Denoising.Faster with { CudaGraphs = true, AttentionWeightCallback = step => step.Index / 400.0 });
        var exception = Assert.ThrowsExactly<ArgumentException>(() => model.BeginRun([.. Enumerable.Range(0, 300).Select(step => 890.0 - step)]));
        Assert.Contains("kinds of step, more than 64", exception.Message);
    }

    private static CacheRun BeginAnother(TinyDenoiser model, CacheRun run)
    {
        run.Leave();
        return model.BeginRun(Denoising.Timesteps);
    }

    private static void AssertIsReplayed(StackedDenoiser model, CachePlan plan, IReadOnlyList<Tensor> expected)
    {
        BodyRecorder? recorder = null;
        CacheRun? replayed = null;
        var (actual, _) = CompositionTests.Run(model, () =>
        {
            replayed = model.BeginRun(plan);
            replayed.Recorder = recorder = new BodyRecorder(replayed);
            return replayed;
        }, run => AssertAllOfAKindAreReplayed(run, recorder!));
        Denoising.AssertEqual(expected, actual);
        Assert.AreEqual(0, recorder!.Alive);
    }

    /// <summary>The kinds that a run meets are those that its plan foresees.</summary>
    private static void AssertAllOfAKindAreReplayed(CacheRun run, BodyRecorder recorder)
    {
        var counts = run.Plan!.KindsOfHistories.SelectMany(kinds => kinds.OfType<StepKind>().GroupBy(kind => kind)).Select(kind => kind.Count()).ToArray();
        Assert.AreEqual(counts.Count(count => count > 1), recorder.Recorded);
        Assert.AreEqual(counts.Sum(count => Math.Max(0, count - 2)), run.States.Sum(state => state.Graphs!.Replays));
        Assert.AreEqual(recorder.Recorded, recorder.Alive);
    }
}

/// <summary>A model with an argument that is no tensor.</summary>
[CacheableModel(GuidanceLayout.None)]
internal sealed partial class ScaledModel : Module<Tensor, double, Tensor>
{
    private readonly StackedBlock block;

    public ScaledModel()
        : base(nameof(ScaledModel))
    {
        block = new StackedBlock(3);
        RegisterComponents();
    }

    public override partial Tensor forward(Tensor hidden, double scale);

    [CachedForward]
    private Tensor Compute(Tensor hidden, double scale)
    {
        using var scope = NewDisposeScope();
        return block.call(hidden).Times(scale).MoveToOuterDisposeScope();
    }
}

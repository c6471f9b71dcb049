using Afterimage.Planning;
using CsCheck;

namespace Afterimage.Runtime.Tests.Planning;

/// <summary>Plans, executed on numbers, against diffusers' hooks, executed on numbers.</summary>
[TestClass]
public sealed class PlanPropertyTests
{
    private const int Cases = 20_000;

    [TestMethod]
    public void Plan_OfAnyConfig_GivesWhatTheHooksGive() => PlanCase.Any.Sample(Check, iter: Cases, threads: 1);

    private static void Check(PlanCase @case)
    {
        var settings = @case.Sites.Select(site => HookSelection.Of(@case.Config, site)).ToArray();
        // FasterCache may leave all sites alone and skip guidance only, if its settings say so.
        var onlyGuidance = @case.Config is FasterCacheConfig
        {
            IsGuidanceDistilled: false, SpatialAttentionBlockSkipRange: null, TemporalAttentionBlockSkipRange: null,
        };
        if (settings.All(setting => setting is null) && !onlyGuidance)
        {
            Assert.ThrowsExactly<ArgumentException>(() => Create(@case));
            return;
        }

        var plan = Create(@case);
        Assert.AreSequenceEqual(settings.Select(setting => setting is not null), settings.Select((_, site) => plan.Touches(site)));
        Execute(@case, settings, plan.Rows, Values(plan.Slots));

        // A run that does not know its timesteps ahead keeps more, and gives the same.
        var planner = CachePlanner.Create(@case.Config, @case.Sites, @case.Layout);
        PlanRow[] rows = [.. plan.Rows.Select(row => planner.Next(row.Context, row.Timestep))];
        Execute(@case, settings, rows, Values(planner.Slots));
        Assert.IsTrue(plan.Slots.Zip(planner.Slots).All(pair => pair.First.Values <= pair.Second.Values));
    }

    private static int[] Values(IEnumerable<SlotLayout> slots) => [.. slots.Select(slot => slot.Values)];

    private static CachePlan Create(PlanCase @case) => CachePlan.Create(@case.Config, @case.Timesteps, @case.Sites, @case.Layout);

    private static void Execute(
        PlanCase @case, (int SkipRange, TimestepRange Range)?[] settings, IReadOnlyList<PlanRow> rows, IReadOnlyList<int> values)
    {
        string[] contexts = @case.Layout == GuidanceLayout.Sequential ? ["cond", "uncond"] : [""];
        var states = contexts.ToDictionary(context => context, _ => new State(@case.Config, settings, values));
        if (@case.Config.ShareStateAcrossContexts)
            states = contexts.ToDictionary(context => context, _ => states[contexts[0]]);

        Assert.HasCount(@case.Timesteps.Length * contexts.Length, rows);
        for (var call = 0; call < rows.Count; call++)
        {
            var row = rows[call];
            Assert.AreEqual((contexts[call % contexts.Length], call / contexts.Length), (row.Context, row.Index));
            Assert.AreEqual(@case.Timesteps[row.Index], row.Timestep);
            states[row.Context].Forward(row, call, @case);
        }
    }

    /// <summary>One history of a model, twice: as hooks and as buffers.</summary>
    private sealed class State(CacheConfig config, (int SkipRange, TimestepRange Range)?[] settings, IReadOnlyList<int> values)
    {
        private readonly RingExecution[] _rings = [.. values.Take(settings.Length).Select(count => new RingExecution(count))];
        private readonly DiffusersHooks.Broadcast?[] _broadcast =
            [.. settings.Select(setting => setting is { } s ? new DiffusersHooks.Broadcast(s.Range, s.SkipRange) : null)];
        private readonly DiffusersHooks.FasterBlock?[] _faster =
        [
            .. settings.Select(setting =>
                setting is { } s && config is FasterCacheConfig c ? new DiffusersHooks.FasterBlock(s.SkipRange, s.Range, c) : null),
        ];
        private readonly DiffusersHooks.FasterDenoiser? _denoiser =
            config is FasterCacheConfig c ? new DiffusersHooks.FasterDenoiser(c) : null;
        private (double Low, double High) _kept = (double.NaN, double.NaN);

        public void Forward(PlanRow row, int call, PlanCase @case)
        {
            var guidance = @case.Layout == GuidanceLayout.Batched ? row.Cells[^1] : PlanCell.Compute;
            var batch = @case.Layout == GuidanceLayout.Batched ? 2 : 1;
            if (_denoiser is not null)
            {
                var deltas = (Low: 1 + call * 0.37 % 1, High: 2 - call * 0.61 % 1);
                var expected = _denoiser.Forward(new CacheStep(row.Index, row.Timestep, null), () => deltas);
                CheckGuidance(guidance, expected, deltas);
                batch = expected.Skipped ? 1 : batch;
            }
            else
            {
                Assert.AreEqual(PlanCell.Compute, guidance);
            }
            for (var site = 0; site < _rings.Length; site++)
            {
                var computed = Math.Sin(call * 8 + site + 1);
                var step = new CacheStep(row.Index, row.Timestep, @case.Sites[site]);
                var (value, isComputed) = _faster[site]?.Forward(step, batch, () => computed)
                    ?? _broadcast[site]?.Forward(row.Timestep, () => computed)
                    ?? (computed, true);
                Assert.AreEqual(isComputed, row.Cells[site].IsComputed, $"{@case.Sites[site].Name}, call {call}");
                var actual = _rings[site].Forward(row.Cells[site], () => computed);
                Assert.AreEqual(value, actual, 1e-9 * Math.Max(1, Math.Abs(value)), $"{@case.Sites[site].Name}, call {call}");
            }
        }

        private void CheckGuidance(PlanCell cell, (bool Skipped, double Low, double High) expected, (double Low, double High) deltas)
        {
            Assert.AreEqual(expected.Skipped, !cell.IsComputed);
            if (cell.Stores)
                _kept = deltas;
            if (!expected.Skipped)
                return;
            Assert.AreEqual(expected.Low, cell.Coefficients[0] * _kept.Low, 1e-9);
            Assert.AreEqual(expected.High, cell.Coefficients[1] * _kept.High, 1e-9);
        }
    }
}

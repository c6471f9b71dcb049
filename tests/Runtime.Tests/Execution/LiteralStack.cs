using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>
/// A <see cref="StackedDenoiser"/> on plain arrays: every cell of a plan's row is executed one by one as the plan says it, with lists for histories. Nothing of the
/// generator or of the run.
/// </summary>
/// <param name="model">Whose weights it has.</param>
/// <param name="plan">What it does.</param>
internal sealed class LiteralStack(StackedDenoiser model, CachePlan plan)
{
    private readonly Dictionary<string, History> _histories = plan.Sites.Zip(plan.Slots).ToDictionary(each => each.First.Name, each => new History(each.Second));
    private int _forwards;

    /// <summary>Rows of positions × channels; the first half of them unconditional where the plan is of guidance. The body begins with a sum.</summary>
    public double[][] Forward(double[][] rows, double time)
    {
        var row = plan.Rows[_forwards++];
        var guidance = plan.GuidanceOf(row);
        var skips = !guidance.IsComputed;
        var input = skips ? rows[(rows.Length / 2)..] : rows;
        var added = Site(row, "(model)", input, () => Combine([Body(row, [.. input.Select(values => values.Select(value => value + time).ToArray())]), input], [1, -1]));
        var output = Combine([input, added], [1, 1]);
        if (guidance.Stores)
            Keep(output);
        return skips ? [.. Rebuilt(output, guidance), .. output] : output;
    }

    private double[][] Body(PlanRow row, double[][] input) => Site(row, "proj_out", input, () => Linear(model.proj_out, Stack(row, input)));

    private double[][] Stack(PlanRow row, double[][] input)
    {
        var hidden = input;
        var added = Site(row, "blocks", input, () =>
        {
            for (var i = 0; i < model.blocks.Count; i++)
            {
                var (number, block, before) = (i, model.blocks[i], hidden);
                hidden = Site(row, $"blocks.{number}", before, () =>
                {
                    var attended = Site(row, $"blocks.{number}.attn", before, () => Linear(block.attn, before));
                    var middle = Sum(before, attended, 0.5);
                    var fed = Site(row, $"blocks.{number}.ff", middle, () => Linear(block.ff, middle));
                    return Sum(middle, fed, 0.25);
                });
            }
            return Combine([hidden, input], [1, -1]);
        });
        return Combine([input, added], [1, 1]);
    }

    private double[][] Site(PlanRow row, string name, double[][] input, Func<double[][]> compute)
    {
        var cell = row.Cells[plan.Sites.Select(site => site.Name).ToList().IndexOf(name)];
        Assert.AreNotEqual(SiteAction.LeftOut, cell.Action, $"{name} is asked for in forward {row.Index}, and the plan leaves it out");
        var keepsHalf = plan.KeepsConditionalHalf && plan.GuidanceOf(row).IsComputed;
        return _histories[name].Forward(cell, compute, keepsHalf);
    }

    private void Keep(double[][] output)
    {
        // A frame of one pixel has low frequencies only.
        var half = output.Length / 2;
        _histories["(guidance)"].Push(Combine([output[..half], output[..half]], [1, -1]));
        _histories["(guidance)"].Push(Combine([output[..half], output[half..]], [1, -1]));
    }

    private double[][] Rebuilt(double[][] conditional, PlanCell cell) =>
        Combine([conditional, _histories["(guidance)"].Forward(cell, () => throw new InvalidOperationException(), keepsHalf: false)], [1, 1]);

    private static double[][] Linear(TorchSharp.Modules.Linear layer, double[][] rows)
    {
        var (weight, bias) = (layer.weight.data<float>().ToArray(), layer.bias!.data<float>().ToArray());
        return [.. rows.Select(row => bias.Select((b, o) => b + row.Select((x, i) => x * weight[o * row.Length + i]).Sum()).ToArray())];
    }

    private static double[][] Sum(double[][] hidden, double[][] branch, double scale) =>
        [.. hidden.Zip(branch, (h, b) => h.Zip(b, (x, y) => x + scale * Math.Tanh(y)).ToArray())];

    private static double[][] Combine(double[][][] values, double[] weights) =>
    [
        .. values[0].Select((row, r) => row.Select((_, c) => values.Zip(weights, (value, weight) => value[r][c] * weight).Sum()).ToArray()),
    ];

    /// <summary>One site's history: values newest first, or a value and its divided differences.</summary>
    private sealed class History(SlotLayout layout)
    {
        private List<double[][]> _kept = [];

        public double[][] Forward(PlanCell cell, Func<double[][]> compute, bool keepsHalf)
        {
            var value = cell.Action switch
            {
                SiteAction.Compute => compute(),
                SiteAction.Reuse => _kept[0],
                _ => Combine([.. _kept.Take(cell.Coefficients.Length)], [.. cell.Coefficients]),
            };
            if (cell.Stores)
                Push(keepsHalf ? value[(value.Length / 2)..] : value, cell.Interval);
            return value;
        }

        public void Push(double[][] value, int interval = 0)
        {
            if (!layout.HoldsDifferences)
            {
                _kept = [value, .. _kept.Take(layout.Values - 1)];
                return;
            }
            var next = new List<double[][]> { value };
            for (var order = 0; interval > 0 && order + 1 < layout.Values && order < _kept.Count; order++)
                next.Add(Combine([next[order], _kept[order]], [1.0 / interval, -1.0 / interval]));
            _kept = next;
        }
    }
}

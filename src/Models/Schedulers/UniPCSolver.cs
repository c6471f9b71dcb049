using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// The formulas of UniPC (arXiv 2302.04867): UniP predicts the next sample from the model outputs so far, UniC makes the same step
/// again with the output there. Source: diffusers <c>schedulers/scheduling_unipc_multistep.py</c>. Scalars are float32, as there.
/// </summary>
internal sealed class UniPCSolver(bool flowSigmas, bool predictOriginal, bool bh1)
{
    /// <summary>The shares of signal and noise at a σ.</summary>
    public (float Signal, float Noise) SharesAt(float sigma)
    {
        if (flowSigmas)
            return (1 - sigma, sigma);
        var signal = 1 / MathF.Sqrt(sigma * sigma + 1);
        return (signal, sigma * signal);
    }

    /// <summary>Steps from one σ to the next.</summary>
    /// <param name="sample">The sample at the σ to step from.</param>
    /// <param name="sigmas">σ of the run.</param>
    /// <param name="from">The index of the σ to step from.</param>
    /// <param name="outputs">The converted outputs of the model there and before, newest first; as many as the order is.</param>
    /// <param name="next">The converted output at the next σ, to correct with; else this predicts.</param>
    /// <returns>The sample at the next σ, in the current dispose scope.</returns>
    public Tensor Step(Tensor sample, float[] sigmas, int from, ReadOnlySpan<Tensor> outputs, Tensor? next)
    {
        var (signal, noise) = SharesAt(sigmas[from + 1]);
        var (signalFrom, noiseFrom) = SharesAt(sigmas[from]);
        var logSnr = LogSnr(sigmas[from]);
        var h = LogSnr(sigmas[from + 1]) - logSnr;
        var signed = predictOriginal ? -h : h;
        var growth = (float)(Math.Exp(signed) - 1);
        var newest = outputs[0];
        var (ofSample, kept) = predictOriginal ? (noise / noiseFrom, signal) : (signal / signalFrom, noise);
        var result = sample.Times(ofSample) - newest.Times(kept * growth);

        // Outputs elsewhere, by how far away they are in units of h: negative before, 1 at the end of the step.
        var nodes = new List<(float Distance, Tensor Output)>();
        for (var i = 1; i < outputs.Length; i++)
            nodes.Add(((LogSnr(sigmas[from - i]) - logSnr) / h, outputs[i]));
        if (next is not null)
            nodes.Add((1, next));
        if (nodes.Count == 0)
            return result;

        var scale = bh1 ? signed : growth;
        var weights = Weights([.. nodes.Select(node => node.Distance)], signed, growth, scale);
        var correction = nodes.Zip(weights, (node, weight) => (node.Output - newest).Over(node.Distance).Times(weight))
            .Aggregate((a, b) => a.Plus(b));
        return result - correction.Times(kept * scale);
    }

    private float LogSnr(float sigma)
    {
        var (signal, noise) = SharesAt(sigma);
        return MathF.Log(signal) - MathF.Log(noise);
    }

    /// <summary>The weights under which the terms of the exponential integral up to the number of nodes agree.</summary>
    private static float[] Weights(float[] distances, float h, float growth, float scale)
    {
        var count = distances.Length;
        if (count == 1)
            return [0.5f];

        var powers = new float[count, count];
        var terms = new float[count];
        var (phi, factorial) = (growth / h - 1, 1);
        for (var row = 0; row < count; row++)
        {
            for (var column = 0; column < count; column++)
                powers[row, column] = row == 0 ? 1 : powers[row - 1, column] * distances[column];
            terms[row] = phi * factorial / scale;
            factorial *= row + 2;
            phi = phi / h - 1f / factorial;
        }

        using var scope = NewDisposeScope();
        return linalg.solve(HostTraffic.Sent(powers, CPU), HostTraffic.Sent(terms, CPU)).data<float>().ToArray();
    }
}

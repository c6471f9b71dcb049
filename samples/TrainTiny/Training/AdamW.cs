using Afterimage;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TrainTiny.Training;

/// <summary>
/// AdamW (arXiv 1711.05101), bit for bit TorchSharp's, which hands libtorch numbers that nothing holds. Owns its moments and not the weights.
/// </summary>
/// <param name="weights">What is trained, by the gradients that it has at a step.</param>
internal sealed class AdamW(IReadOnlyList<Parameter> weights) : IDisposable
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.99;
    private const double Epsilon = 1e-8;
    private const double WeightDecay = 0.01;
    private const string Format = nameof(AdamW) + " 1";

    private readonly long[] _steps = new long[weights.Count];
    private readonly Tensor[] _means = [.. weights.Select(weight => zeros_like(weight).DetachFromDisposeScope())];
    private readonly Tensor[] _squares = [.. weights.Select(weight => zeros_like(weight).DetachFromDisposeScope())];

    /// <summary>Moves the weights that have gradients.</summary>
    public void Step(double learningRate)
    {
        using var noGradient = no_grad();
        for (var i = 0; i < weights.Count; i++)
        {
            using var scope = NewDisposeScope();
            if (weights[i].grad is not { } gradient)
                continue;
            _steps[i]++;
            weights[i].Times_(1 - learningRate * WeightDecay);
            _means[i].Times_(Beta1).PlusScaled_(gradient, 1 - Beta1);
            _squares[i].Times_(Beta2).PlusProduct_(gradient, gradient, 1 - Beta2);
            var scale = _squares[i].sqrt().Over(Math.Sqrt(1 - Math.Pow(Beta2, _steps[i]))).Plus_(Epsilon);
            weights[i].PlusQuotient_(_means[i], scale, -(learningRate / (1 - Math.Pow(Beta1, _steps[i]))));
        }
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(Format);
        for (var i = 0; i < weights.Count; i++)
        {
            writer.Write(_steps[i]);
            _means[i].Save(writer);
            _squares[i].Save(writer);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It was written by another version.</exception>
    public void Load(BinaryReader reader)
    {
        if (reader.ReadString() is var format && format != Format)
            throw new InvalidDataException($"expected the state of {Format}, found that of {format}; train into another folder");
        for (var i = 0; i < weights.Count; i++)
        {
            _steps[i] = reader.ReadInt64();
            Fill(_means[i]);
            Fill(_squares[i]);
        }

        void Fill(Tensor moment)
        {
            using var saved = Tensor.Load(reader);
            moment.copy_(saved);
        }
    }

    public void Dispose()
    {
        foreach (var moment in _means.Concat(_squares))
            moment.Dispose();
    }
}

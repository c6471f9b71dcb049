using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TrainTiny.Training;

/// <summary>
/// The weights of models in training: in float32, which small steps do not vanish in, while the models compute in another type; and their
/// exponential moving average, which is what is saved in the end. Owns its tensors and not the models'.
/// </summary>
internal sealed class TrainedWeights : IDisposable
{
    private const double LargestGradient = 1;
    private const double Decay = 0.999;

    private readonly Parameter[] _computing;
    private readonly Parameter[] _weights;
    private readonly Tensor[] _averages;
    private readonly AdamW _optimizer;

    public TrainedWeights(IEnumerable<Parameter> parameters)
    {
        _computing = [.. parameters];
        foreach (var parameter in _computing)
            parameter.requires_grad = true;
        _weights = [.. _computing.Select(parameter => new Parameter(Copy(parameter)))];
        _averages = [.. _computing.Select(Copy)];
        _optimizer = new AdamW(_weights);

        static Tensor Copy(Tensor parameter) => parameter.detach().to(ScalarType.Float32, copy: true).DetachFromDisposeScope();
    }

    /// <summary>Goes a step along the gradients that the models have, and takes these from them.</summary>
    /// <param name="step">The number of steps done before.</param>
    /// <param name="learningRate">How far to go.</param>
    public void Step(int step, double learningRate)
    {
        using var scope = NewDisposeScope();
        using (no_grad())
        {
            for (var i = 0; i < _weights.Length; i++)
            {
                // What has no effect on the loss has no gradient, such as text embeddings of a model's own.
                _weights[i].grad = _computing[i].grad?.to(ScalarType.Float32);
                _computing[i].grad = null;
            }
        }

        nn.utils.clip_grad_norm_(_weights.Where(weight => weight.grad is not null), LargestGradient);
        _optimizer.Step(learningRate);
        // The first weights are far from where the average shall be.
        var decay = Math.Min(Decay, (1.0 + step) / (10.0 + step));
        using var noGradient = no_grad();
        for (var i = 0; i < _weights.Length; i++)
        {
            _weights[i].grad = null;
            _computing[i].copy_(_weights[i]);
            _averages[i].lerp_(_weights[i], (float)(1 - decay));
        }
    }

    /// <summary>Copies the averages into models like those in training, converted to their types.</summary>
    public void CopyAverageTo(IEnumerable<Parameter> parameters)
    {
        using var noGradient = no_grad();
        foreach (var (parameter, average) in parameters.Zip(_averages))
            parameter.copy_(average);
    }

    /// <summary>Writes everything that the next step depends on.</summary>
    public void Save(BinaryWriter writer)
    {
        foreach (var tensor in _weights.Concat(_averages))
            tensor.Save(writer);
        _optimizer.Save(writer);
    }

    /// <summary>Reads what <see cref="Save"/> wrote, into the models as well.</summary>
    public void Load(BinaryReader reader)
    {
        using var noGradient = no_grad();
        foreach (var tensor in _weights.Concat(_averages))
        {
            using var saved = Tensor.Load(reader);
            tensor.copy_(saved);
        }
        _optimizer.Load(reader);
        for (var i = 0; i < _weights.Length; i++)
            _computing[i].copy_(_weights[i]);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        foreach (var tensor in _weights.Concat(_averages))
            tensor.Dispose();
    }
}

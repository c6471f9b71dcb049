using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What a multistep scheduler looks back on. It owns these tensors, which share memory with their sources.</summary>
internal sealed class MultistepHistory(int capacity) : IDisposable
{
    private readonly List<Tensor> _outputs = [];

    /// <summary>The converted model outputs, newest first.</summary>
    public IReadOnlyList<Tensor> Outputs => _outputs;

    /// <summary>The sample that the last step began with, corrected; <see langword="null"/> before the first.</summary>
    public Tensor? Sample { get; private set; }

    /// <summary>The order of the last step.</summary>
    public int Order { get; private set; }

    /// <summary>Remembers a step, and frees what is too old.</summary>
    public void Add(Tensor output, Tensor sample, int order)
    {
        _outputs.Insert(0, output.alias().DetachFromDisposeScope());
        Sample?.Dispose();
        Sample = sample.alias().DetachFromDisposeScope();
        Order = order;
        if (_outputs.Count > capacity)
        {
            _outputs[^1].Dispose();
            _outputs.RemoveAt(_outputs.Count - 1);
        }
    }

    /// <summary>Frees and forgets everything.</summary>
    public void Dispose()
    {
        foreach (var output in _outputs)
            output.Dispose();
        _outputs.Clear();
        Sample?.Dispose();
        Sample = null;
    }
}

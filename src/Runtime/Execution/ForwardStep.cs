using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>One forward of a cached run. Disposed without <see cref="Complete"/>, it resets the run. Used by generated code only.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ForwardStep : IDisposable
{
    /// <summary>What the body gets of an argument marked <see cref="GuidanceBatchAttribute"/>: all of it, or its conditional half.</summary>
    [return: NotNullIfNotNull(nameof(input))]
    public Tensor? Batch(Tensor? input) => throw new NotSupportedException();

    /// <summary>The model's output: <paramref name="output"/> itself, or with the unconditional half rebuilt in front of it.</summary>
    public Tensor Complete(Tensor output) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotSupportedException();
}

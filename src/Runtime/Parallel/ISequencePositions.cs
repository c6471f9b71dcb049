using static TorchSharp.torch;

namespace Afterimage;

/// <summary>What has a row for each token of one or several sequences, such as a rotary table: marked <see cref="SequencePositionsAttribute"/>, it is split as they are.</summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
public interface ISequencePositions<TSelf>
    where TSelf : class
{
    /// <summary>The same with some of its tokens.</summary>
    /// <param name="rows">Takes rows of a tensor along a dimension. The result is in the current dispose scope.</param>
    TSelf Select(Func<Tensor, int, Tensor> rows);
}

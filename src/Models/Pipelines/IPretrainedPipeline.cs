namespace Afterimage.Models;

/// <summary>A pipeline that is loaded from a folder of parts.</summary>
/// <typeparam name="TSelf">The pipeline.</typeparam>
public interface IPretrainedPipeline<TSelf> where TSelf : DiffusionPipeline, IPretrainedPipeline<TSelf>
{
    /// <summary>The parts that its index names, the scheduler and tokenizers first, then models in the order in which they are loaded.</summary>
    static abstract IReadOnlyList<PipelinePart> Parts { get; }

    /// <summary>The pipelines whose indices it reads: its own class, and where others have the same parts, those.</summary>
    static virtual IReadOnlyList<string> IndexClasses => [typeof(TSelf).Name];

    /// <summary>Puts the parts together. The pipeline owns them from then on.</summary>
    /// <exception cref="ArgumentException">They do not go together; the message says which and why.</exception>
    static abstract TSelf FromParts(PipelineParts parts);
}

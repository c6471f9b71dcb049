using System.ComponentModel;

namespace Afterimage.Execution;

/// <summary>What the generator implements on a model that can be skipped as a whole, or tells what has changed or what the prompt is. Called by a run, never by users.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface ICachedModel
{
    /// <summary>Which of the tensors of <c>forward</c>, counted from 0, is marked <see cref="LatentsAttribute"/>; −1: none.</summary>
    int Latents => -1;

    /// <summary>Whether a method is marked <see cref="ChangeIndicatorAttribute"/>.</summary>
    bool HasChangeIndicator => false;

    /// <summary>Which of the tensors of <c>forward</c>, counted from 0, are marked <see cref="PromptAttribute"/>.</summary>
    IReadOnlyList<int> Prompt => [];
}

namespace Afterimage.Models;

/// <summary>How far a generation has come.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Step">The steps of this stage that are done: 0 when it begins.</param>
/// <param name="Steps">The steps of this stage: prompts, denoising steps, or 1 for decoding.</param>
public sealed record GenerationProgress(GenerationStage Stage, int Step, int Steps);

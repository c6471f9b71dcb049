namespace TrainTiny.Training;

/// <summary>How far a stage is.</summary>
/// <param name="Stage">Which.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">The mean loss of the last steps, where there is one.</param>
internal readonly record struct TrainingProgress(string Stage, int Step, int Steps, float? Loss);

namespace Afterimage.Server.Jobs;

/// <summary>What a job generates. All that chance decides is in it, so that a second attempt makes the same.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Prompt">What is shown.</param>
/// <param name="Steps">Denoising steps.</param>
/// <param name="Seed">The noise that it begins with.</param>
[GenerateSerializer]
internal sealed record JobRequest(string Model, string Prompt, int Steps, long Seed)
{
    /// <summary>What is not shown.</summary>
    [Id(0)]
    public string? NegativePrompt { get; init; }

    /// <summary>In pixels; the model's own if not given.</summary>
    [Id(1)]
    public int? Height { get; init; }

    /// <summary>In pixels; the model's own if not given.</summary>
    [Id(2)]
    public int? Width { get; init; }

    /// <summary>Of a film; the model's own if not given.</summary>
    [Id(3)]
    public int? Frames { get; init; }

    /// <summary>The rate at which a film is shown.</summary>
    [Id(4)]
    public double FramesPerSecond { get; init; } = 8;

    /// <summary>How closely the prompt is followed; the pipeline's own if not given.</summary>
    [Id(5)]
    public double? GuidanceScale { get; init; }

    /// <summary>A cache's name, or its config as JSON.</summary>
    [Id(6)]
    public string Cache { get; init; } = "none";

    /// <summary>How many pictures are made; of films one.</summary>
    [Id(7)]
    public int Results { get; init; } = 1;
}

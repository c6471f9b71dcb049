namespace Afterimage.Models;

/// <summary>What a pipeline of videos is asked for besides a prompt.</summary>
public abstract record VideoGenerationOptions : GenerationOptions
{
    /// <summary>The number of frames, by default what the pipeline's models are made for.</summary>
    public int? NumFrames { get; init; }

    /// <summary>The number of videos from every prompt.</summary>
    public int NumVideosPerPrompt { get; init; } = 1;

    internal override int PerPrompt
    {
        get => NumVideosPerPrompt;
        init => NumVideosPerPrompt = value;
    }
}

namespace Afterimage.Models;

/// <summary>The schedulers that there are, by the names of their classes in diffusers.</summary>
public static class SchedulerClasses
{
    private static readonly SortedDictionary<string, (Func<string, IScheduler> FromFile, Func<string, IScheduler> FromJson)> s_all = new(StringComparer.Ordinal)
    {
        [nameof(CogVideoXDDIMScheduler)] = (CogVideoXDDIMScheduler.FromFile, CogVideoXDDIMScheduler.FromJson),
        [nameof(CogVideoXDPMScheduler)] = (CogVideoXDPMScheduler.FromFile, CogVideoXDPMScheduler.FromJson),
        [nameof(DDIMScheduler)] = (DDIMScheduler.FromFile, DDIMScheduler.FromJson),
        [nameof(EulerAncestralDiscreteScheduler)] = (EulerAncestralDiscreteScheduler.FromFile, EulerAncestralDiscreteScheduler.FromJson),
        [nameof(FlowMatchEulerDiscreteScheduler)] = (FlowMatchEulerDiscreteScheduler.FromFile, FlowMatchEulerDiscreteScheduler.FromJson),
        [nameof(UniPCMultistepScheduler)] = (UniPCMultistepScheduler.FromFile, UniPCMultistepScheduler.FromJson),
    };

    /// <summary>Their names.</summary>
    public static IReadOnlyCollection<string> Names => s_all.Keys;

    /// <summary>Reads a <c>scheduler_config.json</c> as one of a class.</summary>
    /// <exception cref="NotSupportedException">There is no such class here.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A value is not one of this scheduler, or the file is of another kind of scheduler; the message says which.</exception>
    public static IScheduler FromFile(string className, string path) => Find(className, path).FromFile(path);

    /// <summary>As <see cref="FromFile"/>, from the text of one.</summary>
    /// <exception cref="NotSupportedException">There is no such class here.</exception>
    /// <exception cref="InvalidDataException">A value is not one of this scheduler; the message names it.</exception>
    public static IScheduler FromJson(string className, string json) => Find(className, "scheduler config").FromJson(json);

    private static (Func<string, IScheduler> FromFile, Func<string, IScheduler> FromJson) Find(string className, string source) =>
        s_all.TryGetValue(className, out var found)
            ? found
            : throw new NotSupportedException($"{source}: the scheduler {className} does not exist here; {string.Join(", ", Names)} do");
}

using Afterimage.Configuration;

namespace Afterimage;

/// <summary>
/// What the configurations of all caching methods have in common. Configs are values: two that were given the same settings are
/// equal (callbacks are compared as delegates).
/// </summary>
public abstract record CacheConfig
{
    /// <summary>
    /// Returns the timestep of the forward that is about to run, a finite number. Needed where runs are not begun with
    /// <see cref="ICacheableModel.BeginRun(IReadOnlyList{double}, GuidanceLayout?)"/>; where they are, it is compared with the run's timesteps.
    /// </summary>
    /// <remarks>
    /// Without <see cref="ICacheableModel.BeginRun(IReadOnlyList{double}, GuidanceLayout?)"/> the timesteps of a generation go down, and one that is higher than the last
    /// begins another generation, with an empty history. One that comes twice in a row, as schedulers of second order give it, goes
    /// on; if then the latents (the first tensor of <c>forward</c>) are the same and another input is not, the call is a second one
    /// of its step and needs a <see cref="ICacheableModel.CacheContext"/>, which an error says.
    /// </remarks>
    public Func<double>? CurrentTimestepCallback { get; init; }

    /// <summary>
    /// Lets all cache contexts share one counter and one history, as diffusers' hooks for these methods do: with two calls a
    /// step the second then receives the first one's attention. Only for reproducing such results.
    /// </summary>
    public bool ShareStateAcrossContexts { get; init; }

    /// <summary>The most bytes of history a run may hold; a run that would need more is refused in its first forward.</summary>
    public long? MaxHistoryBytes { get; init; }

    /// <summary>
    /// The type that results are kept in, where the method does not say another: a smaller one holds more in the same memory, for an error of its rounding.
    /// FasterCache's difference of guidance stays float32.
    /// </summary>
    public SlotDtype SlotDtype { get; init; }

    /// <summary>
    /// Whether what the model makes of the prompt alone, as the keys and values of cross attention, is computed once and reused at all later forwards
    /// (<see cref="PromptProjectionAttribute"/>). That changes no result, since a prompt that changes is noticed; it takes memory for them and for a copy of the prompt.
    /// Default: <see langword="true"/>. Where contexts share one history of two calls a step, they are computed at all.
    /// </summary>
    public bool ReusePromptProjections { get; init; } = true;

    /// <summary>
    /// Keeps results in the host's memory, pinned where the model is on CUDA: they are copied out when they are kept, and back into a fresh tensor when they are
    /// read, by a run that gives the same to the last bit. Takes no memory of the device, and time for the copies; changes nothing for a model on the CPU. The two
    /// tensors that FasterCache keeps of guidance, and what a method compares with when it decides, stay on the device.
    /// </summary>
    public bool OffloadHistory { get; init; }

    /// <summary>
    /// Records each kind of step of a run on CUDA as a graph when it comes for the second time, and replays it when it comes again, so that the
    /// host no longer asks for one operation after another. Needs a plan with no decision in it and histories on the device; is meant to give the
    /// same to the last bit. Default: <see langword="false"/>. It has not run on a GPU yet.
    /// </summary>
    public bool CudaGraphs { get; init; }

    /// <summary>Checks the settings that can be checked without a model. Called wherever a config is put to use.</summary>
    /// <exception cref="ArgumentException">
    /// Settings are invalid; the message names each property, its value and the remedy.
    /// </exception>
    public void Validate()
    {
        var problems = new ConfigProblems();
        problems.Bytes(nameof(MaxHistoryBytes), MaxHistoryBytes);
        problems.Defined(nameof(SlotDtype), SlotDtype);
        Check(problems);
        problems.ThrowIfAny(GetType());
    }

    /// <summary>Several methods on one model; see <see cref="ComposedCacheConfig"/>.</summary>
    /// <param name="methods">
    /// The methods. The timesteps' callback is the first that one of them has, the limit of bytes the smallest; history is shared among contexts
    /// if all share it, what is made of the prompt alone is reused if all reuse it, and steps are recorded if one asks for it.
    /// </param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static ComposedCacheConfig Compose(params IReadOnlyList<CacheConfig> methods)
    {
        if (methods.Count == 0)
            throw new ArgumentException("There are no methods to compose.", nameof(methods));
        return new ComposedCacheConfig
        {
            Methods = [.. methods.SelectMany(method => method.Parts)],
            CurrentTimestepCallback = methods.Select(method => method.CurrentTimestepCallback).FirstOrDefault(callback => callback is not null),
            MaxHistoryBytes = methods.Min(method => method.MaxHistoryBytes),
            ShareStateAcrossContexts = methods.All(method => method.ShareStateAcrossContexts),
            ReusePromptProjections = methods.All(method => method.ReusePromptProjections),
            CudaGraphs = methods.Any(method => method.CudaGraphs),
        };
    }

    /// <summary>The methods that a config is of: itself, or those that it puts together.</summary>
    internal virtual IEnumerable<CacheConfig> Parts => [this];

    internal abstract void Check(ConfigProblems problems);
}

namespace Afterimage.Models;

/// <summary>Where in its run a scheduler is that counts its own steps.</summary>
internal sealed class RunPosition(IReadOnlyList<double> trainTimesteps)
{
    private IReadOnlyList<double> _timesteps = trainTimesteps;
    private bool _hasRun;

    /// <summary>The step to make next, or <see langword="null"/> before the first.</summary>
    public int? Index { get; private set; }

    /// <summary>The step a run begins with, where its first timestep shall not tell.</summary>
    public int? BeginIndex
    {
        get;
        set => field = value is null || (value >= 0 && value < _timesteps.Count)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"expected a step of 0 to {_timesteps.Count - 1}");
    }

    /// <summary>Begins a run.</summary>
    public void Start(IReadOnlyList<double> timesteps)
    {
        _timesteps = timesteps;
        _hasRun = true;
        Index = null;
        BeginIndex = null;
    }

    /// <summary>The number of the step at a timestep, which has to be the next one.</summary>
    public int Enter(double timestep)
    {
        if (!_hasRun)
            throw new InvalidOperationException("the timesteps are not chosen; call SetTimesteps first");
        var index = Index ?? BeginIndex ?? IndexOf(timestep);
        if (index == _timesteps.Count)
            throw new InvalidOperationException($"all {index} steps are made; call SetTimesteps to begin again");
        if (_timesteps[index] != timestep)
        {
            throw new ArgumentOutOfRangeException(
                nameof(timestep), timestep,
                $"expected timestep {_timesteps[index]} at step {index}; SetTimesteps begins again, and BeginIndex says where");
        }

        return index;
    }

    /// <summary>Ends the step that <see cref="Enter"/> gave.</summary>
    public void Leave(int index) => Index = index + 1;

    /// <summary>The step of each timestep; where a run begins or is, if that is set.</summary>
    public int[] IndicesOf(IReadOnlyList<double> timesteps) =>
        [.. timesteps.Select(timestep => BeginIndex is { } begin ? Index ?? begin : IndexOf(timestep))];

    private int IndexOf(double timestep)
    {
        for (var i = 0; i < _timesteps.Count; i++)
        {
            // The first of equal ones, so that a loop over all timesteps makes every step. (diffusers takes the second, and then
            // one step too few.)
            if (_timesteps[i] == timestep)
                return i;
        }
        throw new ArgumentOutOfRangeException(nameof(timestep), timestep, "this is not one of the scheduler's timesteps");
    }
}
